"""What is said of backups: which there are, what each holds, what restoring one would take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from analytics.figures import Table, format_date
from analytics.findings.words import plural


def listed(found: Sequence[Mapping[str, Any]]) -> Table:
    """One row a backup, newest first: when it was made, files and records it holds, size in MB, whether it can be trusted."""
    columns = {"made_at": "Made (UTC)", "files": "Files", "records": "Records", "megabytes": "Size, MB", "state": "State"}
    rows = [
        (_time(copy), len(_standing(copy)), _records(copy), round(copy["bytes"] / 1e6, 1), "Verified" if copy["verified"] else copy["fault"]) for copy in found
    ]
    return Table("Backups", "Newest first; seven are kept", "Backup folder", pd.DataFrame(rows, columns=list(columns)), columns)


def named(copy: Mapping[str, Any]) -> str:
    """A backup in a line to choose it by."""
    return f"{_time(copy)}: {plural(len(_standing(copy)), 'file')}, {plural(_records(copy), 'record')}"


def lost(copy: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> str:
    """What restoring a backup takes away: files loaded since, by the ledger's lines. Decisions on suppliers leave no line there."""
    held = {batch["hash"] for batch in copy["batches"]}
    since = [line for line in lines if line["hash"] not in held]
    decisions = "Decisions on suppliers taken after it was made are lost too."
    if not since:
        return f"No file was loaded after this backup. {decisions}"
    told = [f"{plural(int(line['accepted']), 'record')} of {line['source']}" for line in since[:5]]
    told += [f"{len(since) - 5} more"] if len(since) > 5 else []
    return f"{plural(len(since), 'file')} loaded after this backup must be loaded again: {', '.join(told)}. {decisions}"


def restored(copy: Mapping[str, Any], kept: str | None) -> str:
    """What is there after a restore."""
    aside = f" What stood there before is kept as {kept}." if kept else ""
    return f"Restored the backup of {named(copy)}.{aside}"


def _standing(copy: Mapping[str, Any]) -> list[Any]:
    return [batch for batch in copy["batches"] if batch["withdrawn_by"] is None]


def _records(copy: Mapping[str, Any]) -> int:
    return sum(int(batch["accepted"]) for batch in _standing(copy))


def _time(copy: Mapping[str, Any]) -> str:
    return f"{format_date(copy['made_at'])}, {copy['made_at']:%H:%M:%S}"
