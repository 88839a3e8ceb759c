"""The chain of batches outside the database: one line a batch, each holding the hash of the one before.

The manifest (meta_batch) holds the same chain inside. A manifest ahead of the ledger is a crash between commit and acknowledgement and is
completed; a ledger ahead of the manifest means that the database lost batches; a differing hash means that one of them was changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import StoreUnusable

if TYPE_CHECKING:
    pass

FIRST = "0" * 64
CHAINED = (
    "seq",
    "batch_id",
    "source",
    "file_name",
    "sha256",
    "profile",
    "loaded_at",
    "rows_in",
    "accepted",
    "duplicates",
    "quarantined",
    "control_in",
    "control_accepted",
    "control_duplicates",
    "control_quarantined",
    "is_sample",
    "replaces",
    "previous_hash",
)
Line = dict[str, Any]


def ledger_path(db: Path) -> Path:
    """The ledger of a database file stands beside it."""
    return db.with_name(db.name + ".ledger.jsonl")


def chain_hash(batch: Line) -> str:
    """SHA-256 over the batch's fixed fields, the previous batch's hash among them."""
    fixed = {name: None if batch[name] is None else str(batch[name]) for name in CHAINED}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def line_of(batch: Line) -> Line:
    """What the ledger keeps of a manifest row; a withdrawal, which brings no record, also names the batch that it took back."""
    kept = ("seq", "batch_id", "source", "sha256", "rows_in", "accepted", "duplicates", "quarantined", "previous_hash", "hash")
    withdraws = {"withdraws": batch["replaces"]} if batch["replaces"] is not None and batch["rows_in"] == 0 else {}
    return {name: batch[name] for name in kept} | withdraws


def append(path: Path, batches: list[Line]) -> None:
    """Adds the batches' lines and waits until the disk has them."""
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for batch in batches:
            file.write(json.dumps(line_of(batch), sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[Line]:
    """The ledger's lines; a last line torn by a crash is cut off. StoreUnusable when a line in between is unreadable."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    lines: list[Line] = []
    for number, text in enumerate(whole.splitlines(), 1):
        try:
            lines.append(dict(json.loads(text)))
        except (ValueError, TypeError) as error:
            raise StoreUnusable(f"Line {number} of the ledger {path.name} cannot be read; restore a backup.", "ledger_unreadable") from error
    return lines


def reconcile(path: Path, manifest: list[Line], advice: str) -> int:
    """Compares ledger and manifest (rows of meta_batch by seq) and completes the ledger; answers how many lines it added.

    StoreUnusable when the ledger is ahead or a hash differs; `advice` is the sentence on what to do then.
    """
    previous = FIRST
    for batch in manifest:
        if batch["previous_hash"] != previous or chain_hash(batch) != batch["hash"]:
            raise StoreUnusable(f"The record of batch {batch['batch_id']} in the database was changed after loading. {advice}", "manifest_changed")
        previous = batch["hash"]
    lines = read(path)
    if len(lines) > len(manifest):
        lost = len(lines) - len(manifest)
        raise StoreUnusable(f"{path.name} lists {lost} batch(es) that the database lacks: it lost data or is an older copy. {advice}", "ledger_ahead")
    for line, batch in zip(lines, manifest, strict=False):
        if line != line_of(batch):
            raise StoreUnusable(f"Database and ledger {path.name} disagree on batch {batch['batch_id']}. {advice}", "ledger_differs")
    missing = manifest[len(lines) :]
    if missing:
        append(path, missing)
    return len(missing)
