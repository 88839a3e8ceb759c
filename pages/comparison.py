"""How do we compare with councils like ours?"""

from analytics import charts
from analytics.charts import panels
from analytics.run import comparison as run
from analytics.run import published
from pages import _frame as frame
from pages._frame import beside

page = frame.open_page("comparison", "How do we compare with councils like ours?", "view_costs", filters=False)
with frame.errors():
    head = frame.above()
    stamp = published.stamp(page.session, run.TABLE)
    councils = page.run(run.councils, stamp)
    who, how = frame.columns(1, 1)
    with who:
        ours = frame.choose("Council", councils, "council")
    near = page.run(run.neighbours, ours)
    with how:
        denominator = frame.choose("Measured", run.DENOMINATOR_NAMES, "measured")
    others = {code: name for code, name in {**near, **councils}.items() if code != ours}
    wanted = beside.several("Councils to compare with", others, f"with_{ours}", list(near))
    finding = page.run(run.comparison, ours, wanted, denominator, stamp)
    with head:
        nothing = frame.nothing_to_show(finding)
        frame.tiles(finding)
    if not nothing:
        key = (ours, *wanted, denominator, stamp)
        page.chart(finding, "trend", panels.small_multiples, cache=key, x="year", y="rate", series="la_name", reference="England")
        page.chart(finding, "latest", charts.intervals, cache=key, label="la_name", value="rate", low="low", high="high", strong="strong")
    beside.table(page, run.TABLE, "DfE's caseload file", published.template(run.TABLE))
    frame.finish(
        finding,
        (
            ("overview", "See the council's own counts", {}),
            ("spend", "See what is spent", {}),
        ),
    )
