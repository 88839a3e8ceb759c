"""A batch taken back without another in its place: its rows leave, and the withdrawal stands in the manifest and the ledger as a batch of no rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from data import manifest, seal
from data.errors import WrongUsage
from data.load import renew, utc
from data.settle import withdraw
from data.sources import SOURCES, Source
from data.typed import MOST_LISTED

if TYPE_CHECKING:
    from data.store import Cursor, Store


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal did. `batch_id` is its own, `withdrawn` the batch that left.

    `rows_left`: records that are used no more, `gbp_left` their £ where the source has a £ column; `handed_over`: records that another batch
    held too and keeps; `keys_gone`: keys of the batch that no record has now, the others having an earlier or later version. `lost_parent`:
    accepted records of other sources whose parent is among those keys, by source and column, with the batch and row of the first.
    """

    batch_id: str
    withdrawn: str
    source: str
    file_name: str
    rows_left: int
    gbp_left: float | None
    handed_over: int
    keys_gone: int
    lost_parent: tuple[dict[str, Any], ...]
    already_withdrawn: bool = False

    def to_json(self) -> dict[str, Any]:
        """The same as one JSON object."""
        return self.__dict__ | {"lost_parent": list(self.lost_parent)}


def withdraw_batch(store: Store, batch_id: str, *, now: datetime | None = None) -> Withdrawal:
    """Withdraws a batch without replacing it, in one transaction; the same call again changes nothing and answers what is gone.

    Batches that it withdrew itself stay withdrawn: load their file again where it is wanted. WrongUsage when there is no such batch, or it was
    replaced by a file, or it is itself a withdrawal.
    """
    with store.transaction() as cursor:
        batch, already = _expect_batch(cursor, batch_id)
        source = SOURCES[batch["source"]]
        by = already or _withdraw(cursor, source, batch, utc(now))
        answer = _told(cursor, source, batch, by, bool(already))
    if not already:
        store.acknowledge()
        renew(store, {source.name})
    return answer


def _expect_batch(cursor: Cursor, batch_id: str) -> tuple[dict[str, Any], str | None]:
    """The batch's row of the manifest, and the withdrawal that took it back before, if one did."""
    rows = {row["batch_id"]: row for row in manifest.manifest(cursor)}
    batch = rows.get(batch_id)
    if batch is None:
        raise WrongUsage(f"There is no batch '{batch_id}' to withdraw.", "unknown_batch")
    if is_withdrawal(batch):
        raise WrongUsage(f"Batch {batch_id} is itself a withdrawal; load the file of batch {batch['replaces']} again to have its rows back.", "is_withdrawal")
    by = rows.get(batch["withdrawn_by"])
    if by is not None and not is_withdrawal(by):
        raise WrongUsage(f"Batch {batch_id} was already replaced by batch {by['batch_id']}.", "batch_withdrawn")
    return batch, str(by["batch_id"]) if by else None


def is_withdrawal(batch: dict[str, Any]) -> bool:
    """Whether a row of the manifest only takes another back; a file always brings at least one record."""
    return batch["replaces"] is not None and batch["rows_in"] == 0


def _withdraw(cursor: Cursor, source: Source, batch: dict[str, Any], now: datetime) -> str:
    seq, previous_hash = manifest.next_place(cursor)
    sha256 = hashlib.sha256(f"withdraw {batch['batch_id']}".encode()).hexdigest()
    by = f"{seq:06d}-{sha256[:8]}"
    withdraw(cursor, source, batch["batch_id"], by, seq)
    nothing = dict.fromkeys(("rows_in", "accepted", "duplicates", "quarantined"), 0)
    pounds = dict.fromkeys(("control_in", "control_accepted", "control_duplicates", "control_quarantined"), Decimal("0.00") if source.control else None)
    row = {"seq": seq, "batch_id": by, "source": source.name, "file_name": f"withdrawal of {batch['file_name']}", "sha256": sha256, "profile": None}
    row |= {**nothing, **pounds, "warnings": "[]", "is_sample": batch["is_sample"], "replaces": batch["batch_id"], "previous_hash": previous_hash}
    manifest.add(cursor, row, now)
    seal.renew(cursor, {source.name})
    return by


def _told(cursor: Cursor, source: Source, batch: dict[str, Any], by: str, already: bool) -> Withdrawal:
    raw, same = f"raw_{source.name}", " AND ".join(f"n.{key} IS NOT DISTINCT FROM r.{key}" for key in source.key)
    amount = f"coalesce(sum(r.{source.control}), 0)::DOUBLE" if source.control else "NULL"
    left, gbp, gone = cursor.execute(
        f"""SELECT count(*), {amount}, count(DISTINCT row({", ".join(f"r.{key}" for key in source.key)})) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM {raw} AS n WHERE n.is_current AND {same}))
        FROM {raw} AS r WHERE r.batch_id = $batch AND r.row_number NOT IN (SELECT of_row FROM meta_duplicate WHERE of_batch = $batch AND handed_by = $by)""",
        {"batch": batch["batch_id"], "by": by},
    ).fetchall()[0]
    handed = cursor.execute("SELECT count(*) FROM meta_duplicate WHERE handed_by = $by", {"by": by}).fetchall()[0][0]
    lost = tuple(_lost(cursor, source, batch["batch_id"]))
    return Withdrawal(by, batch["batch_id"], source.name, batch["file_name"], left, gbp, handed, gone, lost, already)


def _lost(cursor: Cursor, source: Source, batch_id: str) -> list[dict[str, Any]]:
    found = []
    for child in SOURCES.values():
        for column, parent, key in child.parents:
            if parent != source.name:
                continue
            rows = cursor.execute(
                f"""SELECT r.batch_id, r.row_number FROM raw_{child.name} AS r WHERE r.is_current
                AND r.{column} IN (SELECT {key} FROM raw_{parent} WHERE batch_id = $batch)
                AND r.{column} NOT IN (SELECT {key} FROM raw_{parent} WHERE is_current) ORDER BY r.seq, r.row_number""",
                {"batch": batch_id},
            ).fetchall()
            if rows:
                first = [{"batch_id": batch, "row": row} for batch, row in rows[:MOST_LISTED]]
                found.append({"source": child.name, "column": column, "count": len(rows), "rows": first})
    return found
