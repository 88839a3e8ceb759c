-- Why a setting was proposed (supplier_proposal.reason, in words); `follows`: the URN that a person had decided on, where the proposal is what
-- followed that school after it closed.
ALTER TABLE supplier_proposal ADD COLUMN reason VARCHAR;
ALTER TABLE supplier_proposal ADD COLUMN follows VARCHAR;
