"""The parts of Intake, one module each."""

from pages._frame.intake.agree import agree, fresh, mend_by_team, shows_costs
from pages._frame.intake.copies import backup, tell_restored
from pages._frame.intake.files import upload
from pages._frame.intake.match import match
from pages._frame.intake.mend import mend
from pages._frame.intake.past import changed, looking_back, withdraw
from pages._frame.intake.protect import protect
from pages._frame.intake.words import dictionary

__all__ = [
    "agree", "backup", "changed", "dictionary", "fresh", "looking_back", "match", "mend", "mend_by_team", "protect", "shows_costs", "tell_restored", "upload",
    "withdraw",
]  # fmt: skip
