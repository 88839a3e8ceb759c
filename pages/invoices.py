"""Did we pay what was agreed?"""

from analytics import charts
from analytics.run import invoices as run
from pages import _frame as frame
from pages._frame import recovery

page = frame.open_page(
    "invoices",
    "Did we pay what was agreed?",
    "view_costs",
    applies="Filters of setting, type, group and year apply here; a ledger knows nothing of the others. They are kept, and apply on Spend.",
)
with frame.errors():
    head = frame.above()
    which = frame.choose("Payments", run.SCOPES, "payments")
    asked = (page.year, which, page.filters, page.filter_words, run.state(page.session))
    finding = page.run(run.invoices, *asked)
    with head:
        nothing = frame.nothing_to_show(finding, filtered=bool(page.filters))
        frame.tiles(finding)
    if not nothing:
        main, side = frame.columns(1, 1)
        with main:
            page.chart(finding, "owed", charts.bars, cache=(which, asked[-1]), label="what", value="recoverable_gbp")
        with side:
            page.listing(finding, "settings")
        page.listing(finding, "ledger")
        page.section("Payments to look at, one by one", lambda: page.run(run.lines, *asked), "payments_to_look_at")
        frame.part("A list to send to one setting", lambda: recovery.setting_list(page, asked))
        frame.part("Record what came of it", lambda: recovery.record(page, asked))
        frame.finish(
            finding,
            (
                ("spend", "See payable and paid by setting", page.query()),
                ("budget", "See whether the year ends within budget", page.query()),
                ("intake", "Confirm which setting a supplier is", page.query()),
            ),
        )
