"""Where do we stand, and what needs a decision?"""

from analytics import charts
from analytics.run import pages as run
from pages import _frame as frame

page = frame.open_page(
    "overview",
    "Where do we stand, and what needs a decision?",
    "view_costs",
    applies="This page shows the whole authority. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    finding = page.run(run.overview)
    if not frame.nothing_to_show(finding):
        frame.tiles(finding)
        main, side = frame.columns(1, 1)
        with main:
            ends = {"low": "low_gbp", "high": "high_gbp"}
            page.chart(finding, "months", charts.lines, x="name", y="cost_gbp", series="year", focus=True, **ends)
        with side:
            page.listing(finding, "counts")
        if "attention" in finding.tables:
            frame.attention(finding, page)
        page.listing(finding, "bought")
        page.chart(finding, "bought_trend", charts.lines, x="year_name", y="share", series="label")
        if "vehicles" in finding.tables:
            page.section("Purchasing vehicles: days, members and value", lambda: finding.tables["vehicles"], "vehicles")
        with_costs = (
            ("spend", "See what the cost is made of", page.query()),
            ("providers", "See whose cost differs from expected", page.query()),
            ("contracts", "Size block contracts", page.query()),
        )
        payments_alone = (("spend", "See what was paid, and to whom", page.query()), ("intake", "Load plans, placements and fees", {}))
        frame.finish(finding, with_costs if page.has_costs else payments_alone)
