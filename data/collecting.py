"""Values that a mapping profile maps, and several columns of an export collected into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from data.cells import shown
from data.profiles import Mapping, Pick, normal
from data.readers import Sheet
from data.typed import MOST_LISTED, Warned


def mapped(texts: pa.DictionaryArray, pick: Pick) -> pa.DictionaryArray:
    """Each text as the profile's values name it; another text stays, or becomes the profile's `otherwise` where it is not empty."""
    distinct = [pick.values.get(normal(text), pick.otherwise if pick.otherwise is not None and text.strip() else text) for text in texts.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(texts.indices, pa.array(distinct, pa.string()))


def collected(columns: Sequence[pa.ChunkedArray], pick: Pick) -> pa.Array:
    """The codes that the columns' texts mean, one text a record joined by semicolons; empty and unknown texts are left out."""
    parts = []
    for column in columns:
        texts = column.combine_chunks().dictionary_encode()
        codes = [pick.values.get(normal(text), "") for text in texts.dictionary.to_pylist()]
        parts.append([codes[i] for i in texts.indices.to_pylist()])
    return pa.array([";".join(filter(None, row)) for row in zip(*parts, strict=True)], pa.string())


def unknown(mapping: Mapping, sheet: Sheet) -> list[Warned]:
    """Texts of collected columns that the profile does not know, one warning a text with the first rows."""
    found: dict[tuple[str, str], list[int]] = {}
    for name, pick in mapping.picks.items():
        for position in pick.columns if pick.collected else ():
            texts = sheet.columns[position].combine_chunks().dictionary_encode()
            indices = np.asarray(texts.indices)
            for at, text in enumerate(texts.dictionary.to_pylist()):
                if text.strip() and normal(text) not in pick.values:
                    found.setdefault((name, text.strip()), []).extend(sheet.lines[np.flatnonzero(indices == at)].tolist())
    return [
        Warned("value_unknown", name, f"{name}: {shown(text)} is not a value the mapping knows; it was left out.", len(rows), tuple(sorted(rows)[:MOST_LISTED]))
        for (name, text), rows in found.items()
    ]
