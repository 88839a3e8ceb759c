"""The parts of Intake, one module each."""

from pages._frame.intake.copies import backup
from pages._frame.intake.files import upload
from pages._frame.intake.match import match
from pages._frame.intake.mend import mend
from pages._frame.intake.protect import protect
from pages._frame.intake.words import dictionary

__all__ = ["backup", "dictionary", "match", "mend", "protect", "upload"]
