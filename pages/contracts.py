"""How many places to block, where, and why?"""

from analytics import charts
from analytics.run import before
from pages import _frame as frame
from pages._frame import solve

page = frame.open_page(
    "contracts",
    "How many places to block, where, and why?",
    "plan_contracts",
    applies="Phase and home area are taken over into the form below. Your other filters are kept, and apply on Spend.",
)
with frame.errors():
    standing = page.run(before.before)
    if not frame.nothing_to_show(standing):
        frame.tiles(standing)
        solve.inputs(page)
        with frame.errors(stop=False):
            if not solve.solving(page) and (finding := solve.solved(page)):
                frame.answer(finding)
                frame.tiles(finding, "plan")
                main, side = frame.columns(3, 2)
                with main:
                    page.chart(finding, "plan", charts.paired_bars, cache=(finding.answer,), label="setting_name", wide="places", narrow="filled")
                with side:
                    page.chart(finding, "spread", charts.intervals, cache=(finding.answer,), label="what", value="middle", low="low", high="high")
                frame.reasons(finding)
                page.listing(finding, "offers")
                frame.method(finding, "How the plan was worked out")
        frame.finish(
            standing,
            (
                ("providers", "Open a setting's dossier", page.query()),
                ("spend", "See what these places cost now", page.query()),
            ),
        )
