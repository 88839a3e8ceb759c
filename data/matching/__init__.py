"""Supplier names → settings: names made comparable, proposals with a confidence and a reason, links of closed schools, people's decisions."""

from data.matching.decisions import confirm, decided, refresh, undecided, undo
from data.matching.links import link_table, links
from data.matching.matcher import COLUMNS, Matcher, propose

__all__ = ["COLUMNS", "Matcher", "confirm", "decided", "link_table", "links", "propose", "refresh", "undecided", "undo"]
