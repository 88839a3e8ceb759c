"""What is made from what was loaded: the version of the data, the marts, and whether either or the proposals for suppliers are out of date."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from data import kept, schema

if TYPE_CHECKING:
    from data.store import Cursor


def version(cursor: Cursor) -> str:
    """12 hex characters: the same files and decisions give the same version, any change another. Settings' replies are among the decisions."""
    replies = cursor.execute("SELECT urn, number, effect, recorded_at::VARCHAR FROM setting_reply ORDER BY ALL").fetchall()
    if not replies:
        return costed_version(cursor)
    return hashlib.sha256(json.dumps([costed_version(cursor), replies]).encode()).hexdigest()[:12]


def costed_version(cursor: Cursor) -> str:
    """The same of what costs follow from: a setting's reply about its index changes none."""
    batches = cursor.execute("SELECT source, sha256, profile, replaces FROM meta_batch ORDER BY seq").fetchall()
    decided = "SELECT supplier_name, urn FROM supplier_match WHERE undone_at IS NULL UNION ALL SELECT batch_id, hash FROM meta_removed ORDER BY ALL"
    return hashlib.sha256(json.dumps([batches, cursor.execute(decided).fetchall()]).encode()).hexdigest()[:12]


def renew_marts(cursor: Cursor) -> None:
    """Makes the marts anew when batches, matches, proposals or their SQL changed."""
    written = [path for prefix in ("macro_", "int_", "mart_", "total_", "stg_") for path in schema.files(prefix)]
    sql = schema.digest([*written, *sorted(schema.REFERENCE.glob("*.csv"))])
    proposals = cursor.execute("SELECT supplier_name, urn, automatic FROM supplier_proposal ORDER BY ALL").fetchall()
    key = hashlib.sha256(repr((sql, costed_version(cursor), proposals)).encode()).hexdigest()
    if schema.derived(cursor, "marts") != key:
        kept.drop(cursor)
        schema.create_marts(cursor)
        schema.set_derived(cursor, "marts", key)


def proposals_key(cursor: Cursor) -> str | None:
    """What proposals for suppliers follow from: the files of settings, register and payments. None where none was loaded."""
    files = cursor.execute("SELECT batch_id, withdrawn_by FROM meta_batch WHERE source IN ('settings', 'register', 'payments') ORDER BY seq").fetchall()
    return hashlib.sha256(repr(files).encode()).hexdigest() if files else None


def proposals_stale(cursor: Cursor) -> bool:
    """Whether settings, register or payments came or went since the proposals were made, as after a crash between the two."""
    key = proposals_key(cursor)
    return key is not None and schema.derived(cursor, "proposals") != key


def note_proposals(cursor: Cursor) -> None:
    """In the transaction that keeps new proposals."""
    schema.set_derived(cursor, "proposals", proposals_key(cursor) or "")
