-- One row a consultation: child × setting × day sent.
CREATE OR REPLACE VIEW stg_consultation AS
SELECT child_id, urn, sent_on, replied_on, reply, refuse_reason, parent_view, outcome
FROM raw_consultations
WHERE is_current;
