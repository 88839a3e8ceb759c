"""Is our data in, and right?"""

from analytics.run import intake as run
from pages import _frame as frame
from pages._frame import intake as parts

page = frame.open_page("intake", "Is our data in, and right?", "load_data", filters=False)
with frame.errors():
    parts.tell_restored()
    finding = page.run(run.intake)
    frame.answer(finding)
    frame.tiles(finding)
    if page.is_past:
        parts.looking_back()
        page.listing(finding, "batches")
    else:
        frame.part("Load files", lambda: parts.upload(page))
    if finding.tables and not page.is_past:
        frame.part("Match suppliers with settings", lambda: parts.match(page))
        frame.part("Records set aside", lambda: parts.mend(page, finding))
        frame.part("To mend, by team", lambda: parts.mend_by_team(page))
        if parts.shows_costs(page):
            frame.part("Does it agree?", lambda: parts.agree(page))
        frame.part("How fresh and complete", lambda: parts.fresh(page))
        page.listing(finding, "batches")
        page.listing(finding, "withdrawn")
        frame.part("Withdraw a batch", lambda: parts.withdraw(page))
        frame.part("What changed since", lambda: parts.changed(page))
    frame.part("Data dictionary and templates", lambda: parts.dictionary(page))
    if not page.is_past:
        frame.part("Backup", lambda: parts.backup(page))
        frame.part("Data protection", lambda: parts.protect(page))
    frame.finish(
        finding,
        (("spend", "See what is spent", {}), ("overview", "See where we stand", {})),
    )
