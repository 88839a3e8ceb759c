"""Templates and dictionary follow the sources; a template's header loads as that source."""

from __future__ import annotations

import pytest

from data.cells import clean, reader_of
from data.errors import WrongUsage
from data.profiles import profiles, recognise
from data.sources import SOURCES, Source
from data.templates import dictionary, header_line, template


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_a_templates_header_is_recognised_as_its_source(source: Source) -> None:
    header = template(source.name).splitlines()[0]
    assert header == header_line(source)
    mapping = recognise(tuple(header.split(",")))
    assert (mapping.source, set(mapping.picks), mapping.ignored) == (source, set(source.names), ())


@pytest.mark.parametrize("source", SOURCES.values(), ids=list(SOURCES))
def test_the_required_columns_alone_are_recognised_too(source: Source) -> None:
    assert recognise(tuple(c.name for c in source.columns if c.required)).source is source


def test_the_legend_names_every_column_and_code() -> None:
    text = template("placements")
    assert all(word in text for word in ("placement_id*", "leaving_date", "one of day, weekly, 38wk, 44wk, 52wk", "empty means 1"))


def test_an_unknown_source_is_wrong_usage() -> None:
    with pytest.raises(WrongUsage, match="no source 'wizards'"):
        template("wizards")


def test_every_code_is_read_back_as_itself() -> None:
    columns = [c for s in SOURCES.values() for c in s.columns if c.codes]
    assert all(reader_of(c)(clean(code.upper())) == code for c in columns for code in c.codes)


def test_the_dictionary_has_one_row_a_column() -> None:
    rows = dictionary()
    assert len(rows) == sum(len(s.columns) for s in SOURCES.values())
    assert all(row["meaning"] and row["form"] for row in rows)


def test_the_profiles_of_the_published_files_are_shipped() -> None:
    assert set(profiles()) >= {"nmiss_register_2018", "payments_bradford", "payments_newcastle"}
