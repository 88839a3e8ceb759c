"""A paper as a tagged PDF (PDF/UA-1). Typst lays it out; it reads no file but its template, no font but its own, and calls nobody."""

from __future__ import annotations

import json
from pathlib import Path

import typst

from analytics.briefing.paper import Paper, document

TEMPLATE = Path(__file__).with_name("paper.typ")


def as_pdf(paper: Paper) -> bytes:
    """The file's bytes; the same paper gives the same file. Texts go in as data, so that none of them is read as markup."""
    made: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"paper": json.dumps(document(paper))},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return made
