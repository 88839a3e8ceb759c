"""Will we end the year within budget?"""

from analytics import charts
from analytics.run import budget as run
from pages import _frame as frame
from pages._frame import budgets

page = frame.open_page(
    "budget",
    "Will we end the year within budget?",
    "view_costs",
    applies="This page shows the whole authority, in a year and period of its own. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    head = frame.above()
    year, period = budgets.when(page)
    finding = page.run(run.outturn_of, year, period, run.state(page.session))
    with head:
        nothing = frame.nothing_to_show(finding)
        frame.tiles(finding)
    if not nothing:
        key = (str(year), str(period), run.state(page.session))
        main, side = frame.columns(1, 1)
        with main:
            page.chart(finding, "months", charts.intervals, cache=key, label="label", value="outturn_gbp", low="low_gbp", high="high_gbp", strong="is_forecast")
        with side:
            page.listing(finding, "starters")
        page.listing(finding, "purses")
        frame.part("Enter a budget", lambda: budgets.enter(page, year))
        page.section("Named starters and open cases", lambda: page.run(run.named, year, period), "named_starters")
        page.section("Leavers, named and likely", lambda: page.run(run.leavers, year, period), "leavers")
        frame.part("Accruals", lambda: budgets.accruals(page, year, period))
        frame.part("Joint funding", lambda: budgets.joint(page))
        frame.finish(
            finding,
            (
                ("invoices", "Did we pay what was agreed?", page.query()),
                ("spend", "See what the cost is made of", page.query()),
                ("contracts", "Size block contracts", page.query()),
            ),
        )
