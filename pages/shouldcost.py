"""What should a placement like this cost?"""

from analytics import charts
from analytics.run import shouldcost as run
from pages import _frame as frame
from pages._frame import shouldcost

page = frame.open_page(
    "shouldcost",
    "What should a placement like this cost?",
    "view_children",
    applies="This page compares every placement. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    head = frame.above()
    finding = shouldcost.ask(page, page.run(run.terms))
    with head:
        nothing = frame.nothing_to_show(finding)
        frame.tiles(finding)
    if not nothing:
        page.chart(finding, "nearest", charts.bars, cache=(finding.answer,), label="label", value="benchmark_gbp")
        frame.finish(
            finding,
            (
                ("providers", "See whose cost differs from expected", page.query()),
                ("spend", "See what such places cost now", page.query()),
            ),
        )
