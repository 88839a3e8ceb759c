"""Is the data in, and does it agree with itself? Checks with stable codes, and reconciliations that end at zero with every difference named."""

from analytics.reconcile.agreements import NOT_COUNTED, WITHOUT_FEE, agreements_to_placements, by_code, placements_to_agreements
from analytics.reconcile.basis import PATH, Basis, Step, baseline, bases, bridge, counted, published, years
from analytics.reconcile.counts import counts_to_placements
from analytics.reconcile.ledger import LEDGER_STEPS, MONTH_STEPS, ledger_by_month, ledger_to_agreements
from analytics.reconcile.owners import Team
from analytics.reconcile.quality import Check, Frames, checks
from analytics.reconcile.questions import AGREEMENTS, QUALITY
from analytics.reconcile.records import records_accounted
from analytics.reconcile.sen2 import WORDS as SEN2_WORDS
from analytics.reconcile.sen2 import checks as sen2_checks
from analytics.reconcile.sen2 import counts as sen2_counts
from analytics.reconcile.sen2 import sen2_to_placements

__all__ = [
    "AGREEMENTS",
    "LEDGER_STEPS",
    "MONTH_STEPS",
    "NOT_COUNTED",
    "PATH",
    "QUALITY",
    "SEN2_WORDS",
    "WITHOUT_FEE",
    "Basis",
    "Check",
    "Frames",
    "Step",
    "Team",
    "agreements_to_placements",
    "baseline",
    "bases",
    "bridge",
    "by_code",
    "checks",
    "counted",
    "counts_to_placements",
    "ledger_by_month",
    "ledger_to_agreements",
    "placements_to_agreements",
    "published",
    "records_accounted",
    "sen2_checks",
    "sen2_counts",
    "sen2_to_placements",
    "years",
]
