"""What a ledger line can be, each line exactly one, in words."""

from __future__ import annotations

TWICE, AFTER, ONE_TO_ONE, ABOVE, CREDIT_DUE = "duplicate", "paid_after_leaving", "one_to_one_not_agreed", "above_agreed", "missing_credit"
BELOW, REFUND, WAITED = "below_agreed", "refund_without_payment", "credit_awaited"
AGREES, CREDIT, NO_AGREEMENT, NOT_EXPLAINED, NO_PLACE, NO_SETTING = "agrees", "credit", "no_agreement", "not_explained", "no_placement", "no_setting"

KINDS: dict[str, str] = {
    TWICE: "Paid twice",
    AFTER: "Paid for a time after the child left",
    ONE_TO_ONE: "One-to-one that was not agreed",
    ABOVE: "Paid above the agreed rate",
    CREDIT_DUE: "Credit due for days after the child left, not found",
    WAITED: "Credit due, the child left less than 60 days ago",
    BELOW: "Paid below the agreed rate",
    REFUND: "Refund or credit that names no payment",
    AGREES: "Agrees with the agreement",
    CREDIT: "Credit set against its payment",
    NO_AGREEMENT: "No agreement loaded for that time",
    NOT_EXPLAINED: "No agreed period comes to this amount",
    NO_PLACE: "Names only the setting and fits no place there",
    NO_SETTING: "Not to a known setting, so not checked here",
}
RECOVERABLE = (TWICE, AFTER, ONE_TO_ONE, ABOVE, CREDIT_DUE)  # where pounds may be owed to the council
WRONG = (*RECOVERABLE, WAITED, BELOW, REFUND)  # worth a person's look, the others are not
