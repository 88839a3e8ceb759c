"""The house keeps its walls: one direction of imports, one home a heavy library, small modules, no dangerous shortcuts, documents that hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("data", "analytics", "pages")
MODULE_LINES, FUNCTION_LINES = 250, 35  # about: a few may be a little longer, none much
MODULE_CEILING, FUNCTION_CEILING, SHARE_WITHIN = 275, 50, 0.95
LONGER = {  # module → its own ceiling, and why one file reads better than two
    "data/sources.py": (440, "one declaration a source, read from top to bottom"),
    "data/store.py": (310, "the one home of DuckDB"),
}
GUARDS = ("frame.guard", "frame.open_page")  # both check the role before anything is read
OUR_WORDS = ("labels.csv",)  # reference files of our own words, which have no source
HOMES = {  # heavy library → where it may be imported
    "duckdb": ("data/store.py",),
    "streamlit": ("pages/", "app.py"),
    "pulp": ("analytics/contracts/", "analytics/disclosure/"),
    "highspy": ("analytics/contracts/", "analytics/disclosure/"),
    "numba": ("analytics/contracts/compiled.py",),
    "plotly": ("analytics/charts/",),
    "afcharts": ("analytics/charts/",),
    "statsmodels": ("analytics/",),
    "scipy": ("analytics/",),
    "rapidfuzz": ("data/",),
    "python_calamine": ("data/",),
    "typer": ("analytics/verbs/",),
    "gptables": ("analytics/briefing/",),
    "docx": ("analytics/briefing/",),
    "typst": ("analytics/briefing/",),
    "openpyxl": ("analytics/briefing/",),
}
IMPORTED_AS = {"docx": "python_docx"}  # a library whose module has another name
NETWORK = ("requests", "urllib.request", "urllib3", "httpx", "http.client", "aiohttp", "socket", "ftplib", "smtplib")
LAZY = (
    "scipy",
    "statsmodels",
    "pulp",
    "highspy",
    "numba",
    "rapidfuzz",
    "gptables",
    "docx",
    "typst",
    "openpyxl",
)  # never needed before the first answer is on screen


def sources() -> list[Path]:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "__pycache__" not in path.parts]
    return [*files, *[p for p in [ROOT / "app.py"] if p.exists()]]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module, *[f"{node.module}.{alias.name}" for alias in node.names]]
    return []


def typing_only(module: ast.Module) -> set[int]:
    """Lines under `if TYPE_CHECKING`, which bring nothing at run time."""
    blocks = [n for n in ast.walk(module) if isinstance(n, ast.If) and isinstance(n.test, ast.Name) and n.test.id == "TYPE_CHECKING"]
    return {child.lineno for block in blocks for child in ast.walk(block) if isinstance(child, ast.Import | ast.ImportFrom)}


def imports(path: Path, *, typing: bool = False) -> set[str]:
    module = tree(path)
    skip = set() if typing else typing_only(module)
    return {name for node in ast.walk(module) for name in imported(node) if getattr(node, "lineno", 0) not in skip}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def files(room: str) -> list[Path]:
    return [path for path in sources() if name_of(path).startswith(room)]


def test_the_rooms_are_there() -> None:
    assert len(files("data/")) > 5
    assert len(files("analytics/")) > 5
    assert files("pages/")


def test_data_imports_nothing_of_ours_but_data() -> None:
    wrong = [(name_of(p), n) for p in files("data/") for n in imports(p, typing=True) if any(within(n, room) for room in ("analytics", "pages", "app"))]
    assert wrong == []


def test_analytics_imports_no_page() -> None:
    assert [(name_of(p), n) for p in files("analytics/") for n in imports(p, typing=True) if within(n, "pages") or within(n, "app")] == []


def test_only_run_and_the_commands_see_the_store() -> None:
    behind = ("data.store", "data.load", "data.matching", "data.backup", "data.sample")
    allowed = ("analytics/run/", "analytics/__main__.py")
    wrong = [(name_of(p), n) for p in files("analytics/") if not name_of(p).startswith(allowed) for n in imports(p) if any(within(n, b) for b in behind)]
    assert wrong == []


def test_app_names_pages_and_computes_nothing() -> None:
    ours = [n for n in imports(ROOT / "app.py") if within(n, "analytics") or within(n, "data")]
    assert ours == []


@pytest.mark.parametrize("library", HOMES)
def test_a_heavy_library_has_one_home(library: str) -> None:
    wrong = [
        name_of(p) for p in sources() if not name_of(p).startswith(HOMES[library]) and any(within(n, library) for n in imports(p, typing=library == "duckdb"))
    ]
    assert wrong == []


def test_nothing_calls_out() -> None:
    assert [(name_of(p), n) for p in sources() for n in imports(p) if any(within(n, m) for m in NETWORK)] == []


def lengths(path: Path) -> dict[str, int]:
    """Lines of each function's body, its docstring apart: the docstring is there for the reader."""
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if len(node.body) > 1 and ast.get_docstring(node) else node.body[0]
            found[f"{name_of(path)}:{node.name}:{node.lineno}"] = (node.end_lineno or 0) - first.lineno + 1
    return found


def test_modules_are_small() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {name: n for name, n in lines.items() if n > LONGER.get(name, (MODULE_CEILING, ""))[0]} == {}
    within_limit = sum(1 for n in lines.values() if n <= MODULE_LINES)
    assert within_limit >= SHARE_WITHIN * len(lines)


def test_exceptions_to_the_limit_are_still_needed() -> None:
    assert [name for name in LONGER if len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= MODULE_CEILING] == []


def test_functions_are_small() -> None:
    lines = {name: n for path in sources() for name, n in lengths(path).items()}
    assert {name: n for name, n in lines.items() if n > FUNCTION_CEILING} == {}
    assert sum(1 for n in lines.values() if n <= FUNCTION_LINES) >= SHARE_WITHIN * len(lines)


def pages() -> list[Path]:
    return [p for p in files("pages/") if p.parent == ROOT / "pages"]


def test_a_page_is_guarded_before_anything_else() -> None:
    """The first statement after the imports is a call of the guard, which checks the role."""
    wrong = []
    for path in pages():
        body = [
            n for n in tree(path).body if not isinstance(n, ast.Import | ast.ImportFrom) and not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
        ]
        first = getattr(body[0], "value", None) if body else None
        if not (isinstance(first, ast.Call) and ast.unparse(first.func) in GUARDS):
            wrong.append(name_of(path))
    assert wrong == []


def test_the_guard_checks_the_role() -> None:
    """Each guard of pages/_frame, with the functions of that file it calls, ends in `check_role` or `require`."""
    functions = {n.name: n for n in tree(ROOT / "pages" / "_frame" / "__init__.py").body if isinstance(n, ast.FunctionDef)}
    guards = [functions[name.removeprefix("frame.")] for name in GUARDS if name.removeprefix("frame.") in functions]
    assert guards
    for guard in guards:
        called = {ast.unparse(n.func).split(".")[-1] for n in ast.walk(guard) if isinstance(n, ast.Call)}
        deeper = {ast.unparse(n.func).split(".")[-1] for name in called & set(functions) for n in ast.walk(functions[name]) if isinstance(n, ast.Call)}
        assert {"check_role", "require"} & (called | deeper), guard.name


def test_a_page_does_not_reach_behind_run() -> None:
    """Pages ask `analytics.run` and draw with charts; the store, models and SQL are not theirs."""
    forbidden = (
        "data.store",
        "data.load",
        "data.matching",
        "analytics.benchmark",
        "analytics.contracts",
        "analytics.costs",
        "analytics.spend",
        "analytics.reconcile",
    )
    assert [(name_of(p), n) for p in pages() for n in imports(p) if any(within(n, f) for f in forbidden)] == []


def test_no_dangerous_shortcut() -> None:
    wrong = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
                wrong.append((name_of(path), "unsafe_allow_html"))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("eval", "exec", "os.system"):
                wrong.append((name_of(path), ast.unparse(node.func)))
            if isinstance(node, ast.keyword) and node.arg == "shell" and not (isinstance(node.value, ast.Constant) and node.value.value is False):
                wrong.append((name_of(path), "shell"))
        wrong += [(name_of(path), n) for n in imports(path) if n.split(".")[0] in ("pickle", "shelve", "marshal", "dill", "joblib")]
    assert wrong == []


def test_sql_is_built_from_our_own_names_only() -> None:
    """An f-string given to execute may hold names of our own tables (data/schema.py, data/store.py and neighbours), never anything elsewhere."""
    builders = ("data/",)
    wrong = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("execute", "executemany", "sql") and node.args:
                text = node.args[0]
                built = isinstance(text, ast.JoinedStr) or (isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add | ast.Mod))
                if built and not name_of(path).startswith(builders):
                    wrong.append((name_of(path), node.lineno))
    assert wrong == []


def test_no_exception_is_swallowed() -> None:
    wrong = []
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
                if broad and all(isinstance(b, ast.Pass | ast.Continue) for b in node.body):
                    wrong.append((name_of(path), node.lineno))
    assert wrong == []


def test_every_sql_file_states_its_grain_first() -> None:
    found = sorted((ROOT / "data" / "sql").glob("*.sql"))
    assert found
    first = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in found}
    assert [name for name, line in first.items() if not re.match(r"-- .*\b(one row|one cell)\b", line, re.IGNORECASE)] == []


def test_marts_do_not_read_marts() -> None:
    wrong = []
    for path in sorted((ROOT / "data" / "sql").glob("mart_*.sql")):
        text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        wrong += [(path.name, name) for name in set(re.findall(r"\b(mart_\w+)", text)) if name != path.stem]
    assert wrong == []


def test_only_totals_read_marts_and_no_total_reads_another() -> None:
    texts = {path.stem: re.sub(r"--.*", "", path.read_text(encoding="utf-8")) for path in sorted((ROOT / "data" / "sql").glob("*.sql"))}
    totals = [name for name in texts if name.startswith("total_")]
    assert totals
    assert [(name, other) for name in totals for other in totals if other != name and re.search(rf"\b{other}\b", texts[name])] == []
    assert [name for name, text in texts.items() if name.startswith(("int_", "stg_", "mart_")) and re.search(r"\btotal_\w+", text)] == []


def test_every_table_that_a_statement_reads_is_made_somewhere() -> None:
    files = sorted((ROOT / "data" / "sql").glob("*.sql"))
    made = {path.stem for path in files} | {f"ref_{path.stem}" for path in (ROOT / "data" / "reference").glob("*.csv")}
    texts = {path.stem: re.sub(r"--.*", "", path.read_text(encoding="utf-8")) for path in files}
    read = {name: set(re.findall(r"\b(?:FROM|JOIN) ((?:stg|int|mart|total|ref)_\w+)", text)) for name, text in texts.items()}
    assert [(name, table) for name, tables in read.items() for table in sorted(tables - made)] == []


def test_reference_rows_name_their_source() -> None:
    heads = {path.name: path.read_text(encoding="utf-8").splitlines()[0].split(",") for path in sorted((ROOT / "data" / "reference").glob("*.csv"))}
    assert heads
    assert [name for name, head in heads.items() if "source" not in head and name not in OUR_WORDS] == []


def test_heavy_models_stay_out_of_the_cold_start() -> None:
    """The app's first imports bring no model: they load when a page asks for them."""
    code = "import sys, analytics.run.pages, analytics.run.session, analytics.run.choices, data.store; print(*[m for m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert [m for m in out if m in LAZY] == []


def test_requirements_are_what_is_imported() -> None:
    """Every library that the code imports is required, and nothing is required that no code imports."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    required = {re.split(r"[<>=\[ ]", line)[0].lower().replace("-", "_") for line in lines if line and not line.startswith("#")}
    found = {IMPORTED_AS.get(n.split(".")[0].lower(), n.split(".")[0].lower()) for path in sources() for n in imports(path, typing=True)}
    assert found - set(sys.stdlib_module_names) - set(ROOMS) == required
