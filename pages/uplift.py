"""How much of an uplift that a school asks for is it reasonable to agree?"""

from analytics import charts
from analytics.run import uplift as run
from pages import _frame as frame
from pages._frame import uplift

page = frame.open_page(
    "uplift",
    "How much of an uplift that a school asks for is it reasonable to agree?",
    "view_costs",
    applies="This page is about one setting. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    head = frame.above()
    settings = page.run(run.settings_with_fees)
    if not settings:
        frame.nothing_to_show(page.run(run.nothing))
    else:
        urn = frame.choose("Setting", settings, "setting")
        request = uplift.ask(page, urn)
        finding = page.run(run.uplift, request)
        with head:
            frame.answer(finding)
            frame.tiles(finding)
        main, side = frame.columns(1, 1)
        with main:
            page.chart(finding, "choices", charts.bars, cache=(repr(request),), label="what", value="added_gbp")
        with side:
            page.chart(finding, "moved", charts.lines, cache=(urn,), x="year", y="change", series="series")
        frame.part("The pack", lambda: uplift.pack(page, request))
        page.listing(finding, "history")
        page.listing(finding, "parts")
        page.listing(finding, "costs")
        frame.finish(
            finding,
            (
                ("providers", "Open the setting's dossier", page.query(setting=urn)),
                ("shouldcost", "See what its placements should cost", page.query(setting=urn)),
                ("intake", "Load a school's return form", {}),
            ),
        )
