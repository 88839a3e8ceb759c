-- One row a placement, with its child's needs and its setting.
CREATE OR REPLACE TABLE mart_placement AS
SELECT p.placement_id, p.child_id, p.urn, s.setting_name, s.setting_type, s.provider, s.provider_group, n.primary_need, n.secondary_need,
    n.support_band, n.one_to_one_hours_week, n.therapy_hours_year, n.birth_month, n.home_district, n.area, n.home_easting, n.home_northing,
    p.entry_date, p.leaving_date, p.leaving_reason, p.rank, p.residence, p.residence_group, p.named_by, p.purchase_type, p.contract_id
FROM stg_placement AS p
JOIN stg_plan AS n ON n.child_id = p.child_id
JOIN stg_setting AS s ON s.urn = p.urn;
