-- One row a supplier name (supplier_proposal) says why its setting was proposed (reason, in words); `follows`: the URN that a person had decided on,
-- where the proposal is what followed that school after it closed.
ALTER TABLE supplier_proposal ADD COLUMN reason VARCHAR;
ALTER TABLE supplier_proposal ADD COLUMN follows VARCHAR;
