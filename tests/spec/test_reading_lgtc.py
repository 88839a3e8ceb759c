"""Published spending under the Transparency Code, as many councils write it, comes in through one profile."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from loading import desk_without_marts

from data.errors import InputRejected
from data.profiles import recognise

FULL = (
    "Body Name,Organisation Code,Effective Date,Directorate,Service Category,Supplier Name,Supplier ID,Payment Date,Transaction Number,Net Amount,"
    "Irrecoverable VAT,Purpose,Procurement Category\n"
    'Made-up County Council,E10000099,31/03/2026,Children,SEN placements,ONE SCHOOL LTD,1001,05/03/2026,T1,"12,500.50",0.00,Spring term fees,Education\n'
    "Made-up County Council,E10000099,31/03/2026,Children,SEN placements,REDACTED PERSONAL DATA,,06/03/2026,T2,620.00,0.00,Direct payment,Education\n"
    "Made-up County Council,E10000099,31/03/2026,Children,SEN placements,ONE SCHOOL LTD,1001,09/03/2026,T3,(500.50),0.00,Refund,Education\n"
)
HEADERS = {
    "as the code names them": "Body Name,Date,Transaction Number,Supplier Name,Amount,Irrecoverable VAT,Department,Procurement Category,Purpose of Expenditure",
    "beneficiary": "Body,Transaction Date,Supplier (beneficiary),Transaction Number,Net amount,Irrecoverable VAT,Department/service where expenditure occurred",
    "divisions": "Service_Area_Categorisation,Responsible_Unit,Expenses_Type,Date,Transaction_Number,SumOfAmount_Exc_VAT,Supplier_Name,Supplier_ID",
    "payments": "Organisation Name,Directorate,Payment Date,Payee,Payment Reference,Amount (£),Purpose of Spend",
}


def test_a_published_month_is_read_with_its_total(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        report = desk.load(FULL)
        assert (report.source, report.rows_in, report.accepted, report.quarantined) == ("payments", 3, 3, 0)
        assert desk.rows("SELECT profile FROM meta_batch") == [("payments_lgtc",)]
        assert report.control_total == {"in": 12620.0, "accepted": 12620.0, "duplicates": 0.0, "quarantined": 0.0}  # 12,500.50 + 620 - 500.50
        first = "SELECT transaction_id, paid_on, supplier_name, supplier_no, net_gbp::DOUBLE, narrative, cost_centre FROM raw_payments WHERE row_number = 2"
        assert desk.rows(first) == [("T1", date(2026, 3, 5), "ONE SCHOOL LTD", "1001", 12500.5, "Spring term fees", "SEN placements")]


def test_a_redacted_supplier_is_accepted_with_a_warning(tmp_path: Path) -> None:
    with desk_without_marts(tmp_path) as desk:
        warned = {w["code"]: (w["count"], w["rows"]) for w in desk.load(FULL).warnings}
        assert warned["supplier_redacted"] == (1, [3])


@pytest.mark.parametrize("header", HEADERS.values(), ids=list(HEADERS))
def test_headers_of_other_councils_are_known(header: str) -> None:
    mapping = recognise(tuple(header.split(",")))
    assert (mapping.profile, mapping.source.name) == ("payments_lgtc", "payments")
    assert {"transaction_id", "paid_on", "supplier_name", "net_gbp"} <= set(mapping.picks)


def test_the_net_amount_is_taken_where_a_gross_one_stands_beside_it() -> None:
    header = ["Body Name", "Date", "Transaction Number", "Supplier Name", "Amount", "Net Amount"]
    assert recognise(tuple(header)).picks["net_gbp"].columns == (5,)


def test_a_file_without_transaction_numbers_is_refused_with_a_reason() -> None:
    with pytest.raises(InputRejected, match="transaction_id"):
        recognise(("Body Name", "Payment Date", "Supplier Name", "Net Amount", "Narrative"))


def test_the_products_own_template_is_still_read_as_such() -> None:
    assert recognise(("transaction_id", "paid_on", "supplier_name", "net_gbp")).profile is None
