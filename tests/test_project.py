"""The project itself: layers, generated files, documentation, what is shipped."""

import ast
import configparser
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from incidents_api import published_files
from incidents_api.model import RESOURCES
from incidents_api.storage.tables import Tables
from tests.conftest import TOP

PACKAGE = TOP / "incidents_api"
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [path.relative_to(TOP).as_posix() for path in MODULES]
SQLITE = {"sqlite3", "sqlite_utils", "pysqlite3"}
SQL = re.compile(
    r"\bSELECT\b.*\bFROM\b|\bINSERT\s+INTO\b|\bUPDATE\b.*\bSET\b|\bDELETE\s+FROM\b"
    r"|\bCREATE\s+(TABLE|INDEX|VIRTUAL)\b|\bPRAGMA\b",
    re.DOTALL,
)
PUBLISHED = {
    *(("openapi.yaml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile")),
    *(("setup.cfg", "pyproject.toml", ".gitignore", ".ci/run", "STABILITY.md")),
}

modules = pytest.mark.parametrize("path", MODULES, ids=NAMES)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports anywhere in it, and the names from them."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def documents(module: ast.Module) -> set[int]:
    """Return the places of a module's docstrings."""
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, nodes) and node.body and isinstance(node.body[0], ast.Expr)
    }


def written(node: ast.AST) -> str:
    """Return the text of a literal, with a mark for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(written(value) or "?" for value in node.values)
    return ""


def in_storage(path: Path) -> bool:
    return path.is_relative_to(PACKAGE / "storage")


def test_the_published_files_are_what_the_declarations_make() -> None:
    assert published_files.differences(RESOURCES, TOP) == []


def test_the_examples_are_what_the_sample_gives() -> None:
    text = (PACKAGE / "knowledge" / "examples.json").read_text(encoding="utf-8")
    assert text == published_files.sample_examples(RESOURCES)


def test_the_layers_are_kept() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([command, "--no-cache"], cwd=TOP, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


@modules
def test_sql_is_written_in_storage_alone(path: Path) -> None:
    module = tree(path)
    words = documents(module)
    nodes = [node for node in ast.walk(module) if id(node) not in words]
    found = [text for text in map(written, nodes) if SQL.search(text)]
    assert found == [] or in_storage(path)


def test_sql_would_be_found() -> None:
    nodes = ast.walk(ast.parse('f"SELECT {1} FROM {2}"'))
    assert [text for text in map(written, nodes) if SQL.search(text)] == ["SELECT ? FROM ?"]


@modules
def test_sqlite_is_known_to_storage_alone(path: Path) -> None:
    found = {name for name in imports(path) if name.split(".")[0] in SQLITE}
    assert found == set() or in_storage(path)


def test_the_sqlite_module_is_taken_from_sqlite_utils_in_two_places() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), name)
        for path in MODULES
        for name in imports(path)
        if {"sqlite3", "pysqlite3"} & set(name.split("."))
    }
    taken = "sqlite_utils.utils.sqlite3"
    assert found == {("storage/connections.py", taken), ("storage/store.py", taken)}


@modules
def test_nothing_below_the_web_knows_flask(path: Path) -> None:
    if path.is_relative_to(PACKAGE / "web"):
        assert path.relative_to(PACKAGE / "web").suffix == ".py"
        return
    kin = {"flask", "werkzeug", "flask_cors", "flask_swagger_ui"}
    found = {name for name in imports(path) if name.split(".")[0].lower() in kin}
    assert found <= ({"flask.Flask"} if path == PACKAGE / "__init__.py" else set())


def test_there_is_no_trigger() -> None:
    assert [text for text in Tables(RESOURCES).ddl() if "TRIGGER" in text.upper()] == []


@modules
def test_everything_public_has_a_docstring(path: Path) -> None:
    module = tree(path)
    nodes = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    missing = [] if ast.get_docstring(module) else ["the module"]
    inside = {
        inner
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if inner is not node
    }
    overrides = {"check", "parse", "schema", "texts", "empty", "deserialize", "bound"}
    missing += [
        node.name
        for node in ast.walk(module)
        if isinstance(node, nodes)
        and node not in inside
        and not node.name.startswith("_")
        and node.name not in overrides
        and not ast.get_docstring(node)
    ]
    assert missing == []


@modules
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


def test_the_data_files_are_shipped() -> None:
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg", encoding="utf-8")
    patterns = setup["options.package_data"]["incidents_api"].split()
    data = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]
    assert {Path(name).suffix for name in data} >= {".csv", ".ndjson", ".json"}
    shipped = [name for name in data if any(fnmatch(name, pattern) for pattern in patterns)]
    assert shipped == data


def test_the_marker_of_types_is_there() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_continuous_integration_runs_make_check() -> None:
    assert re.search(r"^(exec )?make check$", (TOP / ".ci" / "run").read_text(), re.MULTILINE)


def test_continuous_integration_can_be_run() -> None:
    assert (TOP / ".ci" / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("target", ["serve", "test", "check", "generate", "format", "clean"])
def test_the_makefile_has_the_target(target: str) -> None:
    text = (TOP / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", text, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_repository_has(name: str) -> None:
    assert (TOP / name).is_file()


def texts() -> list[Path]:
    """Return the repository's text files; in a second working tree of git, .git is a file too."""
    tops = ("incidents_api", "tests", "benchmarks", "schema", "docs", ".ci", ".github")
    found = [path for path in TOP.iterdir() if path.is_file() and path.name != ".git"]
    for top in tops:
        found += [path for path in (TOP / top).rglob("*") if path.is_file()]
    made = ("__pycache__", "results", "work", ".pyc", ".db", ".coverage")
    return [path for path in found if not any(part in str(path.relative_to(TOP)) for part in made)]


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    places = re.compile(rb"(?<![\w.-])/(?:work|root|home)" + rb"/")
    found = [str(path) for path in texts() if places.search(path.read_bytes())]
    assert found == []


def test_no_file_has_windows_line_ends_or_ends_without_a_newline() -> None:
    found = []
    for path in texts():
        data = path.read_bytes()
        if b"\r\n" in data or (data and not data.endswith(b"\n")):
            found.append(str(path))
    assert found == []


def test_the_map_of_the_code_names_files_that_are_there() -> None:
    text = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    assert len(named) > 30
    here = [name for name in named if (TOP / name).exists()]
    here += [name for name in named if any(f"/{one}".endswith(f"/{name}") for one in NAMES)]
    assert named == set(here)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs"])
def test_what_a_page_links_to_is_there(page: str) -> None:
    pages = sorted((TOP / page).glob("*.md")) if page == "docs" else [TOP / page]
    for each in pages:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", each.read_text(encoding="utf-8")):
            assert "://" in link or (each.parent / link).exists(), (each.name, link)
