"""How many places, of which kind, when?"""

from functools import partial

from analytics import charts
from analytics.charts.fan import fan
from analytics.charts.waterfall import waterfall
from analytics.run import demand_page as run
from pages import _frame as frame
from pages._frame import demand as parts

page = frame.open_page("demand", "How many places, of which kind, when?", "view_costs", applies=run.APPLIES)
with frame.errors():
    head = frame.above()
    levers = parts.standing_levers(page)
    with head:
        ready = parts.drawn(page, levers)
    if ready:
        kind = frame.choose("Kind of place", page.run(run.kinds, levers) or {"all": "All kinds"}, "kind") or "all"
        finding = page.run(run.finding, levers, kind)
        with head:
            nothing = frame.nothing_to_show(finding)
            frame.tiles(finding)
        if not nothing:
            key = (kind, repr(levers))
            page.chart(finding, "fan", fan, cache=key, x="year", value="places", low="p10", high="p90", forecast="ahead")
            parts.levers(page)
            main, side = frame.columns(1, 1)
            with main:
                page.chart(finding, "drivers", waterfall, cache=key, label="step", value="places", whole="whole")
            with side:
                page.chart(finding, "waves", charts.lines, cache=key, x="year_group", y="mean", series="when")
            page.listing(finding, "backtest")
            for title, name in parts.SECTIONS.items():
                if name in finding.tables:
                    page.section(title, partial(finding.tables.__getitem__, name), name)
            frame.part("Frozen forecasts and their scorecard", lambda: parts.frozen(page))
            frame.finish(
                finding,
                (
                    ("contracts", "Size contracts on these futures", page.query()),
                    ("providers", "See whose cost differs from expected", page.query()),
                ),
            )
