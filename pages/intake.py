"""Is our data in, and right?"""

from analytics.run import intake as run
from pages import _frame as frame
from pages._frame import intake as parts

page = frame.open_page("intake", "Is our data in, and right?", "load_data", filters=False)
with frame.errors():
    finding = page.run(run.intake)
    frame.answer(finding)
    frame.tiles(finding)
    frame.part("Load files", lambda: parts.upload(page))
    if finding.tables:
        frame.part("Match suppliers with settings", lambda: parts.match(page))
        frame.part("Records set aside", lambda: parts.mend(page, finding))
        page.listing(finding, "batches")
    frame.part("Data dictionary and templates", parts.dictionary)
    frame.part("Backup", lambda: parts.backup(page))
    frame.part("Data protection", lambda: parts.protect(page))
    frame.finish(
        finding,
        (("spend", "See what is spent", {}), ("overview", "See where we stand", {})),
    )
