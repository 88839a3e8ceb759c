"""What would price bands change?"""

from analytics import charts
from analytics.run import bands as run
from analytics.run import published
from pages import _frame as frame
from pages._frame import beside

page = frame.open_page("bands", "What would price bands change?", "view_costs", applies=run.APPLIES)
with frame.errors():
    head = frame.above()
    stamp = published.stamp(page.session, run.TABLE)
    first, second, third = frame.columns(1, 1, 1)
    with first:
        on = frame.choose("Bands from", page.run(run.first_days, stamp), "bands_from")
    with second:
        price = frame.choose("Held against them", run.PRICE_NAMES, "price")
    with third:
        leave = frame.choose("Settings taken to leave would lose", run.LEAVE_NAMES, "leave")
    finding = page.run(run.bands, on, price, leave, page.filters, page.filter_words, stamp)
    with head:
        nothing = frame.nothing_to_show(finding, filtered=bool(page.filters))
        frame.tiles(finding)
    if not nothing:
        main, side = frame.columns(1, 1)
        with main:
            page.chart(finding, "settings", charts.bars, cache=(on, price, leave, stamp), label="setting_name", value="above_gbp")
        with side:
            page.listing(finding, "bands")
        page.listing(finding, "kinds")
        page.section("Placements and their band", lambda: page.run(run.placements, on, price, page.filters, page.filter_words), "placements_bands")
    beside.table(page, run.TABLE, "The table of price bands", run.to_edit(page.session))
    frame.finish(
        finding,
        (
            ("providers", "See whose cost differs from expected", page.query()),
            ("whole_cost", "See what a place costs in all", page.query()),
        ),
    )
