-- One row a placement with fees to the setting (every part but transport, every purse but DfE place funding): what it is expected to come to over its
-- life, £ net of VAT, the VAT recorded on that, and the part of it on which no VAT is recorded. A placement that has ended comes to the fees over its
-- days. One that is open runs on to the end of its own (spot) contract, else to the end of the phase in which its last agreed fee begins; the fees that
-- run to its last agreed day go on unchanged until then.
CREATE OR REPLACE TABLE int_value AS
WITH line AS (
    SELECT * FROM stg_priced_fee WHERE component <> 'transport' AND funder <> 'dfe_place'
),
agreed AS (
    SELECT placement_id, max(first_day) AS newest, max(last_day) AS last_day, max(last_day) FILTER (last_day < DATE '9999-12-31') AS last_given
    FROM line
    GROUP BY placement_id
),
aged AS (
    SELECT a.*, p.leaving_date, c.ends AS contract_ends, n.birth_ay, year(a.newest) - (month(a.newest) < 9)::INT AS ay,
        (SELECT max(value::INT) FROM ref_compliance_rules WHERE rule = 'post16_last_age') AS post16_last_age
    FROM agreed AS a
    JOIN stg_placement AS p ON p.placement_id = a.placement_id
    JOIN stg_plan AS n ON n.child_id = p.child_id
    LEFT JOIN stg_contract AS c ON c.contract_id = p.contract_id AND c.urn = p.urn AND c.kind = 'spot' AND c.ends >= a.newest
),
ending AS (
    SELECT *, CASE WHEN ay - birth_ay <= 10 THEN birth_ay + 10 WHEN ay - birth_ay <= 15 THEN birth_ay + 15
        ELSE greatest(birth_ay + post16_last_age, ay) END AS last_ay
    FROM aged
),
expected AS (
    SELECT placement_id, last_day AS agreed_to, leaving_date IS NULL AS is_open,
        least(coalesce(leaving_date, greatest(coalesce(contract_ends, make_date(last_ay + 1, 8, 31)), last_given)), DATE '2060-08-31') AS expected_to
    FROM ending
),
piece AS (
    SELECT l.*, least(l.last_day, e.expected_to) AS until, e.expected_to,
        e.is_open AND l.last_day = e.agreed_to AND l.last_day < e.expected_to AS goes_on
    FROM line AS l
    JOIN expected AS e ON e.placement_id = l.placement_id
    WHERE l.first_day <= e.expected_to
),
counted AS (
    SELECT p.placement_id, p.expected_to, p.vat_gbp, p.amount_gbp,
        round((p.amount_gbp * units_of(
            p.spread, p.units_per_year, through.cum_years - origin.cum_years, through.cum_terms - origin.cum_terms, through.cum_school_days - origin.cum_school_days
        ) + CASE WHEN p.goes_on THEN p.full_year_gbp * (onward.cum_years - through.cum_years) ELSE 0 END)::DECIMAL(18, 6), 2) AS net_gbp
    FROM piece AS p
    JOIN int_calendar AS origin ON origin.day = p.first_day - 1
    JOIN int_calendar AS through ON through.day = p.until
    JOIN int_calendar AS onward ON onward.day = p.expected_to
)
SELECT placement_id, any_value(expected_to) AS expected_to, sum(net_gbp)::DECIMAL(18, 2) AS value_net_gbp,
    coalesce(sum(round((net_gbp * vat_gbp / nullif(amount_gbp, 0))::DECIMAL(18, 6), 2)), 0)::DECIMAL(18, 2) AS vat_recorded_gbp,
    coalesce(sum(net_gbp) FILTER (vat_gbp IS NULL), 0)::DECIMAL(18, 2) AS vat_not_recorded_on_gbp
FROM counted
GROUP BY placement_id;
