"""Whether what a person wrote names a child: texts about settings and payments are kept without an id of a child, a placement or a case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data import pseudonym
from data.errors import WrongUsage
from data.pseudonym import LEAST_TOKEN, TOKEN

if TYPE_CHECKING:
    from data.store import Store

_ID_COLUMNS = ("child_id", "placement_id", "case_id")


def names_a_child(store: Store, *texts: str) -> bool:
    """Whether a word of the texts is the id of a child, a placement or a case that is loaded, whatever its case; also where the store holds pseudonyms."""
    words = {word for text in texts for word in (*TOKEN.findall(text), *re.findall(r"[\w-]+", text)) if len(word) >= LEAST_TOKEN}
    names = pseudonym.of(store)
    if names is not None:  # the store knows pseudonyms, a person may write the id itself
        words |= {names.of(column, word) for word in words for column in _ID_COLUMNS}
    return bool(words) and bool(len(store.read("ids_among", words=sorted({word.upper() for word in words}))))


def expect_no_child(store: Store, note: str) -> None:
    """WrongUsage (names_a_child) for a note that does."""
    if names_a_child(store, note):
        raise WrongUsage("The note holds the reference of a child, a placement or a case; write it without.", "names_a_child")
