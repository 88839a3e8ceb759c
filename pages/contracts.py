"""How many places to block, where, and why?"""

from analytics.run import before
from pages import _frame as frame
from pages._frame import contract, looking_back, scenarios, solve

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
        with frame.errors(stop=False):
            one = scenarios.opened(page)
            solve.inputs(page, one.inputs if one else None)
            if not solve.SIZING.running(page) and (made := solve.solved(page)):
                contract.told(page, made.finding)
                looking_back.back(page)
                scenarios.save(page, made)
        with frame.errors(stop=False):
            scenarios.kept(page)
        frame.finish(
            standing,
            (
                ("providers", "Open a setting's dossier", page.query()),
                ("spend", "See what these places cost now", page.query()),
            ),
        )
