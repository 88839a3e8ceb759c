"""What do we spend, and why did it change?"""

from analytics import charts
from analytics.run import pages as run
from pages import _frame as frame
from pages._frame import compare

page = frame.open_page("spend", "What do we spend, and why did it change?", "view_costs")
with frame.errors():
    head = frame.above()
    chosen = compare.periods(page) if page.has_costs else None
    bridge = compare.worked_out(page, chosen) if chosen else None
    if bridge and bridge.tables:
        compare.bridge(page, bridge, chosen)
    year = frame.above()
    by = frame.choose("Break down by", run.DIMENSION_NAMES, "by") if page.has_costs else "setting"
    finding = page.run(run.spend, page.year, by, page.filters, page.filter_words)
    first = bridge if bridge and bridge.tables else finding
    with head:
        nothing = frame.nothing_to_show(first, filtered=bool(page.filters))
        frame.tiles(first)
    if not nothing:
        if first is bridge:
            with year:
                frame.heading(finding.answer, "")
        if "breakdown" in finding.tables:
            main, side = frame.columns(1, 1)
            with main:
                page.chart(finding, "breakdown", charts.bars, cache=(by,), label="label", value="cost_gbp")
            with side:
                page.chart(finding, "trend", charts.lines, cache=(by,), x="month", y="cost_gbp", series="series")
            page.section("Placements under this total", lambda: page.run(run.spend_placements, page.year, page.filters, page.filter_words), "placements")
            page.section("Payable and paid, by setting", lambda: finding.tables["both"], "payable_and_paid")
        elif "by_setting" in finding.tables:
            main, side = frame.columns(1, 1)
            with main:
                page.chart(finding, "by_setting", charts.bars, label="setting_name", value="spend_gbp")
            with side:
                page.chart(finding, "by_month", charts.lines, x="month", y="spend_gbp", series="series")
            page.section("Payments by setting and month", lambda: finding.tables["lines"], "paid_by_setting_and_month")
        frame.finish(
            finding,
            (
                ("providers", "See whose cost differs from expected", page.query()),
                ("intake", "Confirm which setting a supplier is", page.query()),
            ),
        )
        if first is bridge:
            frame.method(bridge, "How the bridge was worked out")
