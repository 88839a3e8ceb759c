-- One row a return of a school: setting × day it was filled in.
CREATE OR REPLACE VIEW stg_return AS
SELECT urn, return_date, vacancies, vacancies_september, uplift_per_cent, uplift_from, uplift_reason, pay_rise_per_cent, pay_share_per_cent,
    national_insurance_gbp, rates_gbp, recovered_vat_gbp, running_cost_gbp, evidence
FROM raw_returns
WHERE is_current;
