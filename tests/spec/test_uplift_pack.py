"""The pack: the same numbers in PDF and Word, nothing of any other school in the school's edition, a PDF that a screen reader can read."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from cost_store import cost_store, fill
from docx import Document
from measuring import measured
from pypdf import PdfReader

from analytics.briefing import uplift as papers
from analytics.briefing.paper import texts
from analytics.run import uplift as run
from analytics.run.session import Session
from data.audit import audit_path
from data.domain import Role
from data.errors import NotAllowed, WrongUsage
from data.store import Store

OWN, RIVALS = "Alder & Sons' #1 School", {"200001": "Birchwater School", "200002": "Cedarholt House", "200003": "Alder"}
COST = run.Pressure("Pay", 4.0, 70.0, "Accounts of 2025, *page* 3")
ASKED = run.Request("100001", date(2026, 9, 1), date(2026, 3, 31), 6.5, (), "Pay & <b>prices</b> _rose_ $2 #heading", (COST,))
CHILDREN, RIVAL_CHILDREN = 7, 4
SPAN = {"valid_from": date(2023, 9, 1), "valid_to": date(2026, 3, 31)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = cost_store(tmp_path_factory.mktemp("pack"))
    urns = ["100001"] * CHILDREN + [urn for urn in RIVALS for _ in range(RIVAL_CHILDREN)]
    settings = [{"urn": "100001", "setting_name": OWN, "provider": "Alder Trust", "provider_group": "Alder Group"}]
    settings += [{"urn": urn, "setting_name": name, "provider": f"{name} Ltd", "provider_group": "Big Rival Group"} for urn, name in RIVALS.items()]
    prices = [f"{31_000 + 977 * n}.00" for n in range(CHILDREN)] + [f"{61_111 + 1_117 * n}.00" for n in range(len(urns) - CHILDREN)]
    fill(
        made,
        settings=settings,
        plans=[{"child_id": f"CANARY{n}"} for n in range(len(urns))],
        placements=[{"placement_id": f"PLREF{n}", "child_id": f"CANARY{n}", "urn": urn, "entry_date": date(2023, 9, 1)} for n, urn in enumerate(urns)],
        fees=[{"placement_id": f"PLREF{n}", "amount_gbp": price, **SPAN} for n, price in enumerate(prices)],
        returns=[
            {"urn": "100001", "return_date": date(2026, 2, 2), "uplift_per_cent": 5.0, "uplift_from": date(2026, 9, 1), "pay_rise_per_cent": 4.0,
             "pay_share_per_cent": 70.0},
            {"urn": "100001", "return_date": date(2026, 3, 2), "vacancies": 3},
        ],
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture(scope="module")
def session(store: Store) -> Session:
    return Session(Role.COMMISSIONER, store)


def words_of_docx(made: bytes) -> str:
    document = Document(io.BytesIO(made))
    return "\n".join(
        part.text if hasattr(part, "text") else "\n".join(c.text for row in part.rows for c in row.cells) for part in document.iter_inner_content()
    )


def words_of_pdf(made: bytes) -> str:
    pages = [re.sub(r"\n?\d+ / \d+\s*$", "", page.extract_text()) for page in PdfReader(io.BytesIO(made)).pages]
    return "\n".join(pages)


def numbers(text: str) -> Counter[str]:
    """Every number as it is printed, with its sign; a line that ends in a hyphen goes on in the next."""
    return Counter(re.findall(r"-?£?\d[\d,]*(?:\.\d+)?%?", re.sub(r"(?<=[-–])\n", "", text)))


@pytest.mark.parametrize("edition", run.EDITIONS)
def test_both_formats_hold_the_same_numbers_and_every_figure(session: Session, edition: str) -> None:
    pdf, docx = (run.pack(session, ASKED, edition, form) for form in ("pdf", "docx"))
    in_pdf, in_docx = words_of_pdf(pdf), words_of_docx(docx)
    assert numbers(in_pdf) == numbers(in_docx)
    assert sum(numbers(in_docx).values()) > 40
    known = run.case(session, ASKED)
    paper = papers.internal(known) if edition == "internal" else papers.for_school(known)
    assert len(paper.figures) >= 6
    for figure in paper.figures:
        assert figure.basis
        assert figure.source
        assert figure.method
        assert figure.text in in_docx
        assert figure.text in in_pdf


def test_the_numbers_are_those_of_the_page_and_of_a_pocket_calculator(session: Session) -> None:
    total = sum(31_000 + 977 * n for n in range(CHILDREN))  # £237,517
    finding, text = run.uplift(session, ASKED), words_of_docx(run.pack(session, ASKED, "internal", "docx"))
    assert (finding.figures[0].text, f"£{total * 0.065:,.0f}") == ("£15,439", "£15,439")
    for value in ("£237,517", "£15,439", f"£{total / CHILDREN:,.0f}", "6.5%", "3.0%", "2.8%", finding.figures[1].text):
        assert value in text
    assert "provisional" in text.lower()
    assert "overcharge" not in text.lower()


def rival_words() -> list[str]:
    """What of others must not stand in the school's edition: names, providers, groups, children, and every price of theirs as it would be printed."""
    prices = [61_111 + 1_117 * n for n in range(RIVAL_CHILDREN * len(RIVALS))]
    means = [sum(prices[k : k + RIVAL_CHILDREN]) / RIVAL_CHILDREN for k in range(0, len(prices), RIVAL_CHILDREN)]
    printed = [text for price in [*prices, *means, sum(prices)] for text in (f"{price:,.0f}", f"{price:.0f}")]
    return ["Birchwater", "Cedarholt", "Big Rival", "200001", "200002", "200003", "CANARY", "PLREF", *printed]


@pytest.mark.parametrize("form", run.FORMS)
def test_the_schools_edition_holds_no_other_schools_name_or_price(session: Session, form: str) -> None:
    made = run.pack(session, ASKED, "school", form)
    text = words_of_pdf(made) if form == "pdf" else words_of_docx(made)
    whole = (
        [made, *(zipfile.ZipFile(io.BytesIO(made)).read(n) for n in zipfile.ZipFile(io.BytesIO(made)).namelist())] if form == "docx" else [made, streams(made)]
    )
    for word in rival_words():
        assert word not in text, word
        assert not any(word.encode() in part for part in whole), word
    assert OWN in " ".join(text.split())
    for kept_back in ("to settle", "The rule supports", "negotiating", "Expected cost"):
        assert kept_back not in text


def streams(made: bytes) -> bytes:
    """The PDF's objects with their streams unpacked."""
    reader = PdfReader(io.BytesIO(made))
    found = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]
    unpacked = [o.get_data() if hasattr(o, "get_data") else str(o).encode() for o in found if o is not None]
    assert any(b"StructElem" in part for part in unpacked)
    return b"\n".join([str(reader.metadata).encode(), *unpacked])


def test_a_scan_for_rivals_finds_them_where_they_are(session: Session) -> None:
    """The scan can fail: the same words in the school's own text are found."""
    made = run.pack(session, replace(ASKED, urn="200001"), "internal", "docx")
    assert any(word in words_of_docx(made) for word in rival_words())


@pytest.mark.parametrize("reason", ["Birchwater School charges less", "as CEDARHOLT HOUSE LTD does", "like the Big Rival Group", "Alder does so too"])
def test_a_reason_that_names_another_school_keeps_the_edition_here(session: Session, reason: str) -> None:
    named = replace(ASKED, reason=reason)
    with pytest.raises(WrongUsage, match="would name another school"):
        run.pack(session, named, "school", "pdf")
    with pytest.raises(WrongUsage):
        run.expect_sendable(session, named)
    assert run.pack(session, named, "internal", "docx")


@pytest.mark.parametrize(("reason", "refused"), [("Alderbrook North got 8%", True), ("Alderbrook", False), ("Alderbrook House Alder", True)])
def test_a_rival_whose_name_holds_the_schools_own_is_found_and_an_own_longer_name_is_not_a_rival(session: Session, reason: str, refused: bool) -> None:
    case = replace(run.case(session, replace(ASKED, reason=reason)))
    own = case.setting.copy()
    own["setting_name"], own["provider"], own["provider_group"] = "Alderbrook", "Alderbrook House", None
    case = replace(case, setting=own)
    settings = pd.DataFrame({"setting_name": ["Alderbrook", "Alderbrook North", "Alder"], "provider": [None] * 3, "provider_group": [None] * 3})
    paper = papers.for_school(case)
    if refused:
        with pytest.raises(WrongUsage, match="would name another school"):
            papers.expect_no_other(paper, case, settings)
    else:
        papers.expect_no_other(paper, case, settings)


def test_few_children_are_not_told_apart_in_a_paper_that_travels(session: Session) -> None:
    few = replace(ASKED, urn="200001", reason="Pay")
    said = "\n".join(texts(papers.for_school(run.case(session, few))))
    assert "£" not in said
    assert "we cannot say how your cost stands" in said


def test_the_pdf_is_tagged_says_its_language_and_claims_ua_1(session: Session) -> None:
    reader = PdfReader(io.BytesIO(run.pack(session, ASKED, "school", "pdf")))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert reader.metadata.title == f"Your request for an uplift: {OWN}"


def test_a_pack_is_made_within_three_seconds(session: Session) -> None:
    run.pack(session, ASKED, "internal", "pdf")  # the first brings in the libraries
    began = time.process_time()
    made = run.pack(session, ASKED, "internal", "pdf")
    seconds = time.process_time() - began
    measured(f"uplift pack: PDF of {len(PdfReader(io.BytesIO(made)).pages)} pages in {seconds:.2f} s of processor time")
    assert seconds < 3


def test_the_form_starts_from_the_latest_return_that_asks(session: Session) -> None:
    known = run.asked(session, "100001")
    assert (known.per_cent, known.from_day, known.assumed, known.told) == (5.0, date(2026, 9, 1), False, "Filled in from the school's return of 02/02/2026.")
    assert [p.what for p in known.pressures] == ["Pay"]
    nobody = run.asked(session, "200001")
    assert nobody.assumed
    thought = replace(ASKED, urn="200001", assumed=True)
    assert "has not asked yet" in run.uplift(session, thought).answer
    with pytest.raises(WrongUsage, match="Enter what the school asked for"):
        run.pack(session, thought, "internal", "pdf")


def test_a_recorded_reply_stands_beside_the_index_and_ends_provisional(session: Session) -> None:
    known = run.case(session, ASKED)
    assert known.reply == ""
    assert "provisional until your reply is recorded" in "\n".join(texts(papers.for_school(known)))
    replied = replace(known, reply="in_part")
    for paper, words in ((papers.for_school(replied), "Your reply is recorded beside it"), (papers.internal(replied), "explains part of the difference")):
        said = "\n".join(texts(paper))
        assert words in said
        assert "provisional" not in said


def test_each_pack_stands_in_the_audit_log_and_only_some_may_make_one(session: Session, store: Store) -> None:
    run.pack(session, ASKED, "school", "docx")
    last = audit_path(store.path).read_text(encoding="utf-8").splitlines()[-1]
    assert "Uplift pack, edition for the school" in last
    assert "100001" in last
    for role in (Role.CABINET, Role.ADMIN):
        for ask in (lambda s: run.uplift(s, ASKED), lambda s: run.pack(s, ASKED, "school", "pdf"), lambda s: run.return_form(s, "100001")):
            with pytest.raises(NotAllowed):
                ask(Session(role, store))


@pytest.mark.parametrize(("edition", "form"), [("public", "pdf"), ("school", "html")])
def test_an_edition_or_a_form_that_is_not_there_is_refused(session: Session, edition: str, form: str) -> None:
    with pytest.raises(WrongUsage, match="internal or school"):
        run.pack(session, ASKED, edition, form)
