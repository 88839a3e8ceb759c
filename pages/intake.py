"""Is our data in, and right?"""

from analytics.run import intake as run
from pages import _frame as frame
from pages._frame import uploads

page = frame.open_page("intake", "Is our data in, and right?", "load_data", filters=False)
with frame.errors():
    finding = page.run(run.intake)
    frame.answer(finding)
    frame.tiles(finding)
    frame.part("Load files", lambda: uploads.upload(page))
    if finding.tables:
        frame.part("Match suppliers with settings", lambda: uploads.match(page))
        frame.part("Records set aside", lambda: uploads.mend(page, finding))
        page.listing(finding, "batches")
    frame.part("Data dictionary and templates", uploads.dictionary)
    frame.part("Backup", lambda: uploads.backup(page))
    frame.finish(
        finding,
        (("spend", "See what is spent", {}), ("overview", "See where we stand", {})),
    )
