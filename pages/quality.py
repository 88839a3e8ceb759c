"""Are children doing well there?"""

from analytics import charts
from analytics.charts import value
from analytics.run import quality as run
from pages import _frame as frame
from pages._frame.visits import visits

page = frame.open_page(
    "quality",
    "Are children doing well there?",
    "view_costs",
    applies="This page compares every setting. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    head = frame.above()
    measures = page.run(run.measures)
    measure = frame.choose("What is measured", measures, "measure") if measures else None
    finding = page.run(run.quality, measure)
    with head:
        nothing = frame.nothing_to_show(finding)
        frame.tiles(finding)
    if not nothing:
        interval = {"label": "label", "value": "adjusted", "low": "low", "high": "high", "strong": "apart", "reference": finding.figures[0].value}
        main, side = frame.columns(3, 2)
        with main:
            page.chart(finding, "adjusted", charts.intervals, cache=(str(measure),), **interval)
        with side:
            page.chart(finding, "trend", charts.lines, cache=(str(measure),), x="short_name", y="rate", series="series")
        page.listing(finding, "warnings")
        urn = frame.choose("Look at one setting", page.run(run.setting_choices), "setting", optional=True)
        if urn:
            own = page.run(run.setting, urn, measure)
            frame.answer(own)
            left, right = frame.columns(3, 2)
            with left:
                page.listing(own, "measures")
            with right:
                page.chart(own, "own_trend", charts.lines, cache=(urn, str(measure)), x="short_name", y="rate", series="series", focus=True)
        frame.part("Visits", lambda: visits(page, urn))
        ends = {"x_ends": ("cost_low_gbp", "cost_high_gbp"), "y_ends": ("low", "high")}
        points = {"label": "setting_name", "x": "cost_gbp", "y": "adjusted", "certainty": "p_frontier", **ends}
        page.chart(finding, "frontier", value.value_points, cache=(str(measure),), **points)
        page.listing(finding, "coverage")
        frame.finish(
            finding,
            (
                (
                    "providers",
                    "See what this setting costs" if urn else "See whose cost differs from expected",
                    page.query(**({"setting": urn} if urn else {})),
                ),
                ("intake", "Load an outcomes file", page.query()),
            ),
        )
