"""What the documents say is so: commands exist, links lead somewhere, every source and word of the field is explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command

from analytics.__main__ import app
from analytics.contracts.instance import parse
from analytics.contracts.solve import solve
from data.sources import SOURCES
from pages._frame.routes import PAGES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
VERBS = set(get_command(app).commands)  # type: ignore[attr-defined]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, *languages: str) -> list[str]:
    return [body for language, body in re.findall(r"```(\w*)\n(.*?)```", text(path), re.DOTALL) if language in languages]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_commands_in_a_document_exist(path: Path) -> None:
    named = set(re.findall(r"python -m analytics (\w+)", text(path)))
    assert named <= VERBS


def test_the_readme_names_every_command_and_only_options_there_are() -> None:
    readme = text(ROOT / "README.md")
    assert set(re.findall(r"python -m analytics (\w+)", readme)) == VERBS
    for body in blocks(ROOT / "README.md", "bash"):
        for line in body.splitlines():
            verb = re.match(r"python -m analytics (\w+)", line)
            if verb:
                known = {option for parameter in get_command(app).commands[verb[1]].params for option in parameter.opts}  # type: ignore[attr-defined]
                assert set(re.findall(r"(?<= )--[\w-]+", line)) <= known, line


def test_the_two_commands_name_files_that_are_there() -> None:
    first = blocks(ROOT / "README.md", "bash")[0].split()
    assert {"requirements.txt", "app.py"} <= set(first)
    assert (ROOT / "requirements.txt").is_file()
    assert (ROOT / "app.py").is_file()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    install, command = (part.strip() for part in blocks(ROOT / "README.md", "bash")[-1].strip().splitlines()[-1].split("&&"))
    script = text(ROOT / ".ci" / "run")
    assert f"tests=({command})" in script
    assert install.removeprefix("pip install ") in script


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_links_and_paths_in_a_document_lead_somewhere(path: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(path)) if not link.startswith(("http:", "https:", "mailto:"))]
    named = re.findall(r"`((?:tests|docs|data|analytics|pages)/[\w./-]+\.\w+)`", text(path))
    assert [link for link in links if not (path.parent / link).exists()] == []
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_is_in_the_readme() -> None:
    assert set(PAGES) == {p.stem for p in (ROOT / "pages").glob("*.py") if not p.name.startswith("_")}
    rows = set(re.findall(r"^\| (\w[\w -]*) \|", text(ROOT / "README.md"), re.MULTILINE))
    assert set(PAGES.values()) <= rows


def test_every_requirement_says_why() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in text(ROOT / name).splitlines() if line and not line.startswith(("#", "-r"))]
        assert [line for line in lines if "#" not in line or ">=" not in line or "<" not in line] == []


def test_every_source_has_meanings() -> None:
    assert [(s.name, c.name) for s in SOURCES.values() for c in s.columns if not c.meaning] == []


def glossary() -> dict[str, str]:
    return dict(re.findall(r"^\| ([\w -]+?) \| (.+?) \|$", text(ROOT / "docs" / "glossary.md"), re.MULTILINE))


def test_the_glossary_explains_the_words_of_the_field_once() -> None:
    names = re.findall(r"^\| ([\w -]+?) \|", text(ROOT / "docs" / "glossary.md"), re.MULTILINE)
    assert len(names) == len(set(names))
    words = {
        "child",
        "plan",
        "placement",
        "setting",
        "provider",
        "vehicle",
        "lot",
        "call_off",
        "block_contract",
        "spot_purchase",
        "void",
        "uplift",
        "fee",
        "cost",
        "spend",
    }
    assert words <= set(glossary())
    assert [word for word, meaning in glossary().items() if len(meaning) < 8 and word != "word"] == []


def test_code_says_child_where_others_say_pupil() -> None:
    """A header may bear the other word; our names do not."""
    code = "\n".join(p.read_text(encoding="utf-8") for room in ("data", "analytics", "pages") for p in (ROOT / room).rglob("*.py"))
    assert set(re.findall(r"\b\w*pupil\w*\b", code)) <= {"pupil_id"}


def test_the_example_instance_costs_what_the_page_works_out_by_hand() -> None:
    example = json.loads(blocks(ROOT / "docs" / "contracts.md", "json")[0])
    answer = solve(parse(example))
    assert (answer["objective"], answer["expected_gbp"], answer["saving_gbp"]) == (530_400, 515_400, 24_600)
    assert [(b["block"], b["flex"]) for b in answer["blocks"]] == [(8, 0)]
