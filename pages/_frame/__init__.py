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
from analytics.run.session import Session, allowed, check_role
from data.errors import Cancelled, NotAllowed, StoreUnusable, UserError
from pages._frame import access, known, routes, show, watch
from pages._frame import filters as filter_bar

if TYPE_CHECKING:
    from data.domain import Role
    from data.store import Store

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
        return self.session.role.value, self.which, self.state, f"{function.__module__}.{function.__name__}", repr(parameters)

    @property
    def state(self) -> str:
        """Which data, as cached values are kept by it: the store's version, and the day of a past state."""
        return known.state(self.session.store, self.version)

    @property
    def is_past(self) -> bool:
        """Whether an earlier state is shown, in which nothing can be loaded or decided."""
        return self.session.store.known_day is not None

    @property
    def about(self) -> dict[str, str]:
        """Filters and data version, as a file carries them."""
        return {"Filters": filter_bar.words(self.chosen, self.choices) or "none", "Data": access.DATA_NAMES[self.which], "Data version": self.state}

    @property
    def has_costs(self) -> bool:
        """Whether fees are loaded, so that there is more than a ledger."""
        return self.choices.as_at is not None

    @property
    def year(self) -> int | None:
        """The chosen financial year."""
        return int(self.chosen[filter_bar.YEAR][0]) if filter_bar.YEAR in self.chosen else None

    @property
    def filters(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The filters that are on, without the year, as a run takes them."""
        return tuple((name, values) for name, values in sorted(self.chosen.items()) if values and name != filter_bar.YEAR)

    @property
    def filter_words(self) -> str:
        return filter_bar.words(dict(self.filters), self.choices)

    def query(self, **more: str) -> dict[str, str | list[str]]:
        """The filters as a link carries them."""
        return filter_bar.as_query(self.chosen, **more)

    def chart(self, finding: Finding, table: str, draw: Callable[..., dict[str, Any]], *, cache: tuple[str, ...] = (), **encoding: Any) -> None:
        """A table of the finding as a chart, its rows in a tab. `cache` names what the table depends on beside filters and data."""
        if table in finding.tables:
            key = (self.session.role.value, self.name, *cache, self.state, repr(sorted(self.chosen.items())))
            shown = finding.tables[table]
            show.chart(self.session, shown, draw, self.about, name=table, headline=finding.headlines.get(table, shown.title), cache=key, **encoding)

    def table(self, table: Table, name: str) -> None:
        """Rows with their downloads."""
        show.rows_of(self.session, table, self.about, name=name)

    def listing(self, finding: Finding, table: str) -> None:
        """A table of the finding under its title, where there is one."""
        if table in finding.tables:
            shown = finding.tables[table]
            show.heading(finding.headlines.get(table, shown.title), shown.subtitle)
            show.rows_of(self.session, shown, self.about, name=table)

    def section(self, title: str, make: Callable[[], Table], name: str) -> None:
        """A table that is made when a person opens it."""
        box = st.expander(title, key=f"_section_{name}", on_change="rerun")
        if box.open:
            with box:
                self.table(make(), name)


def open_page(name: str, question: str, permission: str, *, filters: bool = True, applies: str = "") -> Page:
    """The guard, first in every page: role, data, banner, filters, title. Stops with a sentence where the role may not go on.

    `applies` tells what the filters do on a page that shows more than they leave; said where any is on.
    """
    routes.expect_routed()
    with errors():
        role = access.role()
        check_role(role, permission)
        which = access.choose_data()
        session = Session(role, known.choose(name, _store(name, question, role, which, filters)), access.user())
        watch.opened(session, name)
        version = session.store.data_version()
        _banner(session)
        known.banner(session.store)
        offered = _choices(role, which, session, version) if filters else _NO_FILTERS
        chosen = filter_bar.draw(name, offered) if filters else {}
        st.title(question, anchor=False)
        if filters:
            filter_bar.chips(chosen, offered, applies)
        return Page(name, session, version, which, offered, chosen)


def _store(name: str, question: str, role: Role, which: str, build: bool) -> Store:
    """The chosen store. Where it cannot be opened, Intake offers its backups and every other page leads there."""
    try:
        return access.store(which, build=build)
    except StoreUnusable as error:
        if error.code == "store_held" or not allowed(role, "load_data"):
            raise
        st.title(question, anchor=False)
        st.error(show.literal(error.message), icon=":material/error:")
        if name == "intake":
            from pages._frame.intake import copies  # its parts are built on this frame

            copies.offer(role, access.path_of(which))
        else:
            st.page_link("pages/intake.py", label="Restore a backup in Intake", icon=":material/settings_backup_restore:")
        st.stop()
        raise  # never reached; without it a store would seem to be missing here


@contextmanager
def errors(*, stop: bool = True) -> Iterator[None]:
    """An error becomes a sentence with a way out; what only a developer can mend goes to the log under a reference.

    The page ends there, or with `stop=False` goes on below.
    """
    try:
        yield
        return
    except (Cancelled, NotAllowed) as said:
        st.info(show.literal(said.message), icon=":material/info:")
    except UserError as error:
        st.error(show.literal(error.message), icon=":material/error:")
    except Exception:  # noqa: BLE001 - a person gets a sentence and a reference, the log the rest
        reference = uuid.uuid4().hex[:8]
        _LOG.exception("Fault %s", reference)
        st.error(f"This page could not be made. Your data is unchanged. Reload the page; if it stays, give the reference {reference} to your administrator.")
    if stop:
        st.stop()


def above() -> Any:
    """A place for what is said before a choice that it depends on."""
    return st.container()


def nothing_to_show(finding: Finding, *, filtered: bool = False) -> bool:
    """Shows the answer; True where a page has no figure and no table to go on with, with the way to load some unless filters left nothing."""
    show.answer(finding)
    if finding.figures or finding.tables:
        return False
    if not filtered:
        st.page_link("pages/intake.py", label="Load files in Intake", icon=":material/upload_file:")
    show.method(finding)
    return True


def tiles(finding: Finding, name: str = "page") -> None:
    """The finding's figures; `name` tells rows of tiles of one page apart."""
    show.tiles(finding.figures, name)


def finish(finding: Finding, links: Sequence[tuple[str, str, Mapping[str, str | list[str]]]]) -> None:
    """The end of a page: next steps and method."""
    show.next_steps(links)
    show.method(finding)


def _banner(session: Session) -> None:
    if session.store.is_sample():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown("**Made-up data.** Every name and number is invented.", width="content")
            st.page_link("pages/intake.py", label="Load your own", icon=":material/upload_file:")


def _choices(role: Role, which: str, session: Session, version: str) -> Choices:
    found: Choices = _cached(role.value, which, known.state(session.store, version), "choices", "", _call=lambda: choices(session))
    return found


@st.cache_data(show_spinner="Working it out…", max_entries=300)
def _cached(role: str, store: str, version: str, function: str, parameters: str, _call: Callable[[], Any]) -> Any:
    """The one cache of results. Never keyed on a frame."""
    return _call()


answer, heading, method = show.answer, show.heading, show.method


def columns(*widths: int) -> Sequence[Any]:
    """Panels side by side; one under another on a phone."""
    return st.columns(widths, gap="large")


def choose(label: str, options: Mapping[str, str], key: str, *, optional: bool = False, default: str | None = None) -> str | None:
    """One of the options, kept in the address; at first the `default` or the first one, with `optional` none."""
    values = list(options)
    asked, told = st.query_params.get(key), st.session_state.get(f"_told_{key}")
    if asked in values and asked != told:
        st.session_state[key] = asked
    elif st.session_state.get(key) not in values:
        st.session_state.pop(key, None)
    first = None if optional else values.index(default) if default in values else 0
    chosen: str | None = st.selectbox(label, values, index=first, format_func=lambda value: options.get(value, value), key=key, placeholder="Choose…")
    if chosen and chosen != asked:
        st.query_params[key] = chosen
    elif not chosen and asked:
        del st.query_params[key]
    st.session_state[f"_told_{key}"] = chosen
    return chosen


def part(title: str, draw: Callable[[], None]) -> None:
    """A part of a page with its own errors, so that one fault leaves the rest."""
    st.subheader(show.literal(title), anchor=False)
    with errors(stop=False):
        draw()


def reasons(finding: Finding) -> None:
    """Why each setting has the places it has."""
    for table, heading in (("plan", "Why these places"), ("none_sized", "Why none elsewhere")):
        rows = finding.tables[table].frame
        if len(rows):
            show.heading(heading, "One paragraph a setting; costs are of the whole term, discounted")
        for row in rows.itertuples():
            st.markdown(f"**{show.literal(str(row.setting_name))}**: {show.literal(str(row.why))}")


def attention(finding: Finding, page: Page) -> None:
    """The things most worth attention, each opening its cause."""
    rows = finding.tables["attention"].frame
    if rows.empty:
        return
    show.heading("Most worth attention", finding.tables["attention"].subtitle)
    for row in rows.itertuples():
        query = page.query(**{name: getattr(row, name) for name in ("urn", "compliance") if getattr(row, name)})
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(show.literal(str(row.what)), width="content")
            st.page_link(f"pages/{row.page}.py", label=f"Open in {routes.PAGES[row.page]}", icon=":material/arrow_forward:", query_params=query)
