"""The frame of every page: guard, cached runs, filters, tiles, charts, errors. A page uses this and the charts alone."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.figures import Finding, Table
from analytics.run.choices import Choices, choices
from analytics.run.session import Session, check_role
from data.errors import Cancelled, NotAllowed, UserError
from pages import _access, _filters, _show

if TYPE_CHECKING:
    from data.domain import Role

_LOG = logging.getLogger("placements.pages")
_NO_FILTERS = Choices((), None, None)


@dataclass(frozen=True)
class Page:
    """What a page has once the guard has let it through."""

    name: str
    session: Session
    version: str
    which: str
    choices: Choices
    chosen: dict[str, tuple[str, ...]]

    def run(self, function: Callable[..., Any], *parameters: Any) -> Any:
        """A finding, cached by role, data version and parameters. Parameters are texts, numbers, tuples and frozen records."""
        return _cached(*self.key(function, *parameters), _call=lambda: function(self.session, *parameters))

    def key(self, function: Callable[..., Any], *parameters: Any) -> tuple[str, str, str, str, str]:
        return self.session.role.value, str(self.session.store.path), self.version, f"{function.__module__}.{function.__name__}", repr(parameters)

    @property
    def about(self) -> dict[str, str]:
        """Filters and data version, as a file carries them."""
        on = [
            f"{_filters.HEADINGS[name]}: {', '.join(self.choices.labels.get(name, self.choices.year_names).get(value, value) for value in values)}"
            for name, values in self.chosen.items()
            if values
        ]
        return {"Filters": "; ".join(on) or "none", "Data": f"{_access.DATA_NAMES[self.which]}, version {self.version}"}

    def query(self, **more: str) -> dict[str, str | list[str]]:
        return _filters.as_query(self.chosen, **more)

    def chart(self, finding: Finding, table: str, draw: Callable[..., dict[str, Any]], headline: str, *, cache: tuple[str, ...] = (), **encoding: Any) -> None:
        _show.chart(
            self.session, finding.tables[table], draw, self.about, name=table, headline=headline, cache=(*cache, self.version, repr(self.chosen)), **encoding
        )

    def table(self, table: Table, name: str) -> None:
        _show.rows_of(self.session, table, self.about, name=name)


def open_page(name: str, question: str, permission: str, *, filters: bool = True) -> Page:
    """The guard, first in every page: role, data, banner, filters, title. Stops with a sentence where the role may not go on."""
    with errors():
        role = _access.role()
        check_role(role, permission)
        which = _access.choose_data()
        session = Session(role, _access.store(which))
        version = session.store.data_version()
        _banner(which)
        offered = _choices(role, session, version) if filters else _NO_FILTERS
        chosen = _filters.draw(name, offered) if filters else {}
        st.title(question, anchor=False)
        if filters:
            _filters.chips(chosen, offered)
        return Page(name, session, version, which, offered, chosen)


@contextmanager
def errors() -> Iterator[None]:
    """An error becomes a sentence with a way out; what only a developer can mend goes to the log under a reference."""
    try:
        yield
    except (Cancelled, NotAllowed) as stopped:
        st.info(stopped.message, icon=":material/info:")
        st.stop()
    except UserError as error:
        st.error(error.message, icon=":material/error:")
        st.button("Try again", key="_try_again")
        st.stop()
    except Exception:  # noqa: BLE001 - a person gets a sentence and a reference, the log the rest
        reference = uuid.uuid4().hex[:8]
        _LOG.exception("Fault %s", reference)
        st.error(f"This page could not be made. Your data is unchanged. Reload the page; if it stays, give the reference {reference} to your administrator.")
        st.stop()


def nothing_to_show(finding: Finding) -> bool:
    """Shows why there is nothing and what to do. True where a page has no figure and no table to go on with."""
    _show.answer(finding)
    if finding.figures or finding.tables:
        return False
    st.page_link("pages/intake.py", label="Load files in Intake", icon=":material/upload_file:")
    _show.method(finding)
    return True


def tiles(finding: Finding) -> None:
    _show.tiles(finding.figures)


def finish(finding: Finding, links: Sequence[tuple[str, str, Mapping[str, str | list[str]]]]) -> None:
    """The end of a page: next steps and method."""
    _show.next_steps(links)
    _show.method(finding)


def _banner(which: str) -> None:
    if which == _access.SAMPLE:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown("**Made-up data.** Every name and number is invented.", width="content")
            st.page_link("pages/intake.py", label="Load your own", icon=":material/upload_file:")


def _choices(role: Role, session: Session, version: str) -> Choices:
    found: Choices = _cached(role.value, str(session.store.path), version, "choices", "", _call=lambda: choices(session))
    return found


@st.cache_data(show_spinner="Working it out…", max_entries=300)
def _cached(role: str, store: str, version: str, function: str, parameters: str, _call: Callable[[], Any]) -> Any:
    """The one cache of results. Never keyed on a frame."""
    return _call()
