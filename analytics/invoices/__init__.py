"""Did we pay what was agreed? Every ledger line against the agreement of the placement it is for. docs/invoices.md says how."""

from analytics.invoices.check import Checked, check
from analytics.invoices.kinds import KINDS, RECOVERABLE, WRONG

__all__ = ["KINDS", "RECOVERABLE", "WRONG", "Checked", "check"]
