"""What does a place cost once everything is counted?"""

from analytics import charts
from analytics.charts import panels
from analytics.run import whole_cost as run
from pages import _frame as frame

page = frame.open_page("whole_cost", "What does a place cost once everything is counted?", "view_costs", applies=run.APPLIES)
with frame.errors():
    head = frame.above()
    no_line = frame.choose("A placement with no transport agreed", run.NO_LINE_NAMES, "transport") if page.has_costs else "estimate"
    finding = page.run(run.whole_cost, no_line, page.filters, page.filter_words)
    with head:
        nothing = frame.nothing_to_show(finding, filtered=bool(page.filters))
        frame.tiles(finding)
    if not nothing:
        main, side = frame.columns(3, 2)
        with main:
            page.chart(finding, "settings", panels.dumbbells, cache=(no_line,), label="label", before="fee_gbp", after="whole_gbp")
        with side:
            page.chart(finding, "purses", charts.bars, cache=(no_line,), label="purse", value="gbp")
            page.listing(finding, "distance")
        page.listing(finding, "pairs")
        page.section("Placements and their whole cost", lambda: page.run(run.placements, no_line, page.filters, page.filter_words), "placements_whole_cost")
        frame.finish(
            finding,
            (
                ("providers", "See whose cost differs from expected", page.query()),
                ("contracts", "Size contracts, where transport counts", page.query()),
            ),
        )
