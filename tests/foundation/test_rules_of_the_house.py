"""Rules of the house that no linter has. They read the tree as git sees it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("asr", "recordings", "routing", "surveys", "telephony", "tickets")
LONGEST_FILE = 500
MAY_READ_THE_CLOCK = {"core/clock.py", "core/logs.py"}
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "stuff"}


def tracked(*patterns: str) -> list[Path]:
    """Files git has or would take, so that a new file is judged before it is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def product_modules() -> Iterator[Path]:
    for path in tracked("*.py"):
        if path.relative_to(ROOT).parts[0] not in {"tests", "bench", "scripts"}:
            yield path


def calls_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_only_the_clock_reads_the_time_of_day() -> None:
    forbidden = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.time(_ns)?)$")
    found = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in product_modules()
        if str(path.relative_to(ROOT)) not in MAY_READ_THE_CLOCK
        for line, name in calls_of(ast.parse(path.read_text("utf-8")))
        if forbidden.search(name)
    ]
    assert not found, "pass a core.clock.Clock instead"


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py", "*.sh", "*.ts", "*.tsx", "*.j2")
        if path.parent.name != "versions"  # a migration is written once, by a tool, and never grows
        and (lines := len(path.read_text("utf-8").splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_room_has_a_drawer_for_odds_and_ends() -> None:
    assert not [path for path in tracked("*.py") if path.stem in DRAWERS or path.parent.name in DRAWERS]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_tells_what_it_does_and_what_it_tells(room: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))), "the room's own docstring"
    assert (ROOT / room / "events.py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_queries_stand_in_repositories_only(room: str) -> None:
    queries = {f"{prefix}{name}" for prefix in ("", "sqlalchemy.") for name in ("select", "insert", "update", "delete")}
    offenders = []
    for path in tracked(f"{room}/*.py", f"{room}/**/*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
            for alias in node.names
        }
        used = [
            line for line, name in calls_of(tree) if name in queries and name.split(".")[0] in imported | {"sqlalchemy"}
        ]
        if used and "repository" not in path.stem:
            offenders.append(f"{path.relative_to(ROOT)}:{used}")
    assert not offenders


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_commits_below_a_use_case(room: str) -> None:
    commits = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in tracked(f"{room}/*.py", f"{room}/**/*.py")
        for line, name in calls_of(ast.parse(path.read_text("utf-8")))
        if name.endswith((".commit", ".rollback"))
    ]
    assert not commits, "transactions are opened by `database.transaction()` and end with its block"


def test_code_never_names_a_city() -> None:
    cities = re.compile(r"yichun|宜春", re.IGNORECASE)
    allowed = {"core/settings.py"}  # the default profile's name
    found = []
    for path in product_modules():
        name = str(path.relative_to(ROOT))
        if name in allowed or name.startswith(("hotline/demo", "tickets/profiles/")):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}  # type: ignore[attr-defined]
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
            if cities.search(node.value)
        ]
    assert not found, "regulation is data: tickets/profiles/*.toml"


def _has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node) is not None


SECRET_SHAPES = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(AKIA|ghp_|github_pat_|sk-|xox[bap]-)[A-Za-z0-9_-]{16,}"),
    re.compile(
        r"^\s*[\w.]*(password|secret|passwd|token_key|personal_key)\w*\s*[:=]\s*[\"'](?=[^\"']*\d)[^\"'{}$<\s]{12,}[\"']",
        re.IGNORECASE | re.MULTILINE,
    ),
)


def test_no_secret_is_shipped() -> None:
    names = {path.name for path in tracked()}
    assert not names & {"secrets.toml", "hotline.toml", ".env", "id_rsa", "pgpass"}
    found = []
    for path in tracked("*.py", "*.toml", "*.yml", "*.yaml", "*.sh", "*.j2", "*.conf", "*.ini", "*.md", "Dockerfile"):
        if path.name == "uv.lock" or "tests" in path.relative_to(ROOT).parts:
            continue
        text = path.read_text("utf-8")
        found += [str(path.relative_to(ROOT)) for shape in SECRET_SHAPES if shape.search(text)]
    assert not found


def test_no_mirror_of_a_registry_is_named() -> None:
    urls = re.compile(r'registry = "([^"]+)"|url = "https?://([^/"]+)/')
    hosts = {first or second for first, second in urls.findall((ROOT / "uv.lock").read_text("utf-8"))}
    assert hosts == {"https://pypi.org/simple", "files.pythonhosted.org"}
