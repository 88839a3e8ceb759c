"""Whose cost differs from expected, and what might explain it?"""

from analytics import charts
from analytics.run import fairness
from analytics.run import pages as run
from pages import _frame as frame
from pages._frame import dossier as places
from pages._frame import replies, visits

page = frame.open_page(
    "providers",
    "Whose cost differs from expected, and what might explain it?",
    "view_costs",
    applies="This page compares every setting. Your filters are kept, and apply on Spend.",
)
with frame.errors():
    finding = page.run(run.providers)
    if not frame.nothing_to_show(finding):
        frame.tiles(finding)
        urn = frame.choose("Open a setting's dossier", page.run(run.setting_names), "setting", optional=True)
        if urn:
            dossier = page.run(run.dossier, urn)
            frame.answer(dossier)
            frame.tiles(dossier, "dossier")
            fair = page.run(fairness.of_setting, urn)
            page.listing(fair, "checks")
            page.listing(fair, "replies")
            replies.form(page, urn)
            left, right = frame.columns(1, 1)
            with left:
                page.chart(dossier, "children", charts.bars, cache=(urn,), label="need", value="placements")
                page.chart(dossier, "comparables", charts.bars, cache=(urn,), label="setting_name", value="median_gbp")
            with right:
                page.chart(dossier, "fees", charts.lines, cache=(urn,), x="year_name", y="per_place_gbp", series="component", focus=True)
                page.listing(dossier, "contracts")
                page.listing(dossier, "bought")
                page.listing(dossier, "membership")
            page.listing(fair, "provision")
            page.listing(dossier, "outcomes")
            page.listing(dossier, "inspections")
            frame.part("Visits", lambda: visits.standing(page, urn))
            frame.method(dossier, "How the dossier was worked out")
            places.draw(page, urn)
        page.chart(finding, "index", charts.intervals, label="label", value="index", low="index_low", high="index_high", strong="named", reference=1.0)
        replies.might(page, finding)
        page.section(
            "Provision given need: what children get against like needs elsewhere, never added to price",
            lambda: page.run(fairness.provision),
            "provision_given_need",
        )
        frame.finish(
            finding,
            (
                ("spend", "See this setting's cost and payments" if urn else "See what the cost is made of", page.query(**({"urn": urn} if urn else {}))),
                ("uplift", "Look at an uplift it asks for", page.query(setting=urn)) if urn else ("contracts", "Size block contracts", page.query()),
                ("shouldcost", "See what a placement should cost", page.query(**({"setting": urn} if urn else {}))),
            ),
        )
