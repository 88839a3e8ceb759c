"""Values that a mapping profile maps, and several columns of an export collected into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data.cells import shown
from data.profiles import Mapping, Pick, normal
from data.readers import Block
from data.typed import MOST_LISTED, Warned


def mapped(texts: pa.DictionaryArray, pick: Pick) -> pa.DictionaryArray:
    """Each text as the profile's values name it; another text stays, or becomes the profile's `otherwise` where it is not empty."""
    distinct = [pick.values.get(normal(text), pick.otherwise if pick.otherwise is not None and text.strip() else text) for text in texts.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(texts.indices, pa.array(distinct, pa.string()))


def collected(columns: Sequence[pa.Array], pick: Pick) -> pa.Array:
    """The codes that the columns' texts mean, one text a record joined by semicolons; empty and unknown texts are left out."""
    parts = []
    for column in columns:
        texts = column.dictionary_encode()
        codes = [pick.values.get(normal(text), "") for text in texts.dictionary.to_pylist()]
        parts.append([codes[i] for i in texts.indices.to_pylist()])
    return pa.array([";".join(filter(None, row)) for row in zip(*parts, strict=True)], pa.string())


class Unknown:
    """Texts of collected columns that the profile does not know, gathered block by block: one warning a text with the first rows."""

    def __init__(self, mapping: Mapping) -> None:
        self._picks = {name: pick for name, pick in mapping.picks.items() if pick.collected}
        self._count: dict[tuple[str, str], int] = {}
        self._first: dict[tuple[str, str], list[int]] = {}

    def note(self, block: Block) -> None:
        """Looks through one block."""
        found: dict[tuple[str, str], list[int]] = {}
        for name, pick in self._picks.items():
            for position in pick.columns:
                texts = block.columns[position].dictionary_encode()
                indices = np.asarray(texts.indices)
                for at, text in enumerate(texts.dictionary.to_pylist()):
                    if text.strip() and normal(text) not in pick.values:
                        found.setdefault((name, text.strip()), []).extend(block.lines[np.flatnonzero(indices == at)].tolist())
        for key, rows in found.items():
            self._count[key] = self._count.get(key, 0) + len(rows)
            self._first[key] = [*self._first.get(key, ()), *sorted(rows)][:MOST_LISTED]

    @property
    def warnings(self) -> list[Warned]:
        """What was found so far."""
        return [
            Warned("value_unknown", name, f"{name}: {shown(text)} is not a value the mapping knows; it was left out.", count, tuple(self._first[name, text]))
            for (name, text), count in self._count.items()
        ]
