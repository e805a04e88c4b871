"""What the documents point at is there: files, `make` targets, commands, names in the code, tables."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from app.factory import COMMANDS
from app.kernel.db import Base
from tests.architecture.reading import ROOT

FOLDERS = ("app", "bench", "config", "deploy", "docs", "migrations", "sandbox", "scenarios", "supervisor", "tests")
NOT_OURS = {"node_modules", "vendor"}
NOT_GROUPS = {"db", "shell"}  # Flask-Migrate's and Flask's own
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.M | re.S)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PLACE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./*<>-]*")
VERB = re.compile(r"([a-z_]+)/([a-z_]+)(?:\.([A-Za-z_]+)(?:\(.*\))?)?")
TEST = re.compile(r"test_\w+")


@cache
def pages() -> dict[str, str]:
    """Every document by its path from the root."""
    files = [*ROOT.glob("*.md"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.md"))]
    found = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in files if not NOT_OURS & set(file.parts)}
    assert {"README.md", "docs/README.md", "docs/how-to/operate.md"} <= found.keys()
    return found


def spans(text: str) -> list[str]:
    """What stands between backticks in a line."""
    return CODE.findall(FENCED.sub("", text))


def lines(text: str) -> Iterator[str]:
    """What a reader may type: spans of code, and each line of a fenced block."""
    yield from spans(text)
    for block in FENCED.findall(text):
        yield from block.splitlines()[1:-1]


def everywhere(pattern: str) -> set[tuple[str, str]]:
    """(document, what the pattern's group caught) over all that may be typed."""
    return {(page, caught) for page, text in pages().items() for line in lines(text)
            for caught in re.findall(pattern, line)}


def test_every_link_leads_somewhere() -> None:
    """Fails, as tried, with a link to a file that isn't there, and to a heading that isn't."""
    dead = [f"{page}: {link}" for page, text in pages().items() for link in LINK.findall(FENCED.sub("", text))
            if not re.match(r"https?:|mailto:", link) and not leads(page, link)]
    assert dead == []


def leads(page: str, link: str) -> bool:
    path, _, heading = link.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    return file.exists() and (not heading or heading in headings(file.read_text("utf-8")))


def headings(text: str) -> set[str]:
    """As GitHub and Gitea spell them in addresses."""
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", text, re.M)}


def test_every_make_target_exists() -> None:
    """Fails, as tried, with `make runs`."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    told = everywhere(r"^(?:[A-Z_]+=\S+ )*make ([a-z][a-z-]*)")
    assert {"run", "test", "check"} <= {target for _, target in told}
    assert {(page, target) for page, target in told if target not in targets} == set()


def test_every_flask_command_exists() -> None:
    """Fails, as tried, with `flask trail heads` and with `make flask CMD="feedbacks reconcile"`."""
    groups = {group.name: group for group in COMMANDS}
    said = everywhere(r"flask (?:--app wsgi )?([a-z].*)") | everywhere(r'CMD="([a-z][^"]*)')
    wrong = {(page, words) for page, words in said if not known(words.split(), groups)}
    assert len(said) > 20
    assert wrong == set()


def known(words: list[str], groups: dict[str, click.Group]) -> bool:
    """A group alone, or with one of its commands; not what stands behind the command."""
    name, command = words[0], words[1] if len(words) > 1 else None
    if name not in groups:
        return name in NOT_GROUPS
    return command is None or not re.fullmatch(r"[a-z-]+", command) or command in groups[name].commands


def test_every_group_is_installed() -> None:
    """Fails, as tried, with one that the factory forgot: its page told of it, and its tests called it by itself."""
    made = {name for file in ROOT.glob("app/**/*.py")
            for name in re.findall(r'AppGroup\(\s*"([a-z-]+)"', file.read_text("utf-8"))}
    assert len(made) > 10
    assert made - {group.name for group in COMMANDS} == set()


@pytest.mark.parametrize("group", COMMANDS, ids=lambda group: group.name)
def test_every_command_is_in_the_operators_page(group: click.Group) -> None:
    """Fails, as tried, with a command that nobody is told of."""
    said = " ".join(lines(pages()["docs/how-to/operate.md"]))
    (row,) = re.findall(rf"^\| {group.name} \|.*$", pages()["docs/how-to/operate.md"], re.M)
    assert [name for name in group.commands if not re.search(rf"`(?:{group.name} )?{name}\b", row)] == []
    assert f"{group.name} " in said


def test_every_place_that_is_named_is_there() -> None:
    """Fails, as tried, with `app/merchants/openid.py`; <id> and NNNN stand for anything."""
    named = [(page, place) for page, text in pages().items() for span in spans(text) for place in [span.split()[0]]
             if PLACE.fullmatch(place)]
    assert len(named) > 50
    gone = [(page, place) for page, place in named if not list(
        ROOT.glob(re.sub(r"<\w+>|NNNN[\w-]*", "*", place.rstrip("/")) + ("" if "." in place else "*")))]
    assert [each for each in gone if not made(each[1])] == []


def made(place: str) -> bool:
    """What a set-up makes, and a scenario's tests that are to be written."""
    return place.startswith("app/static/vendor")


@pytest.mark.parametrize("page", ["docs/explanation/architecture.md", "docs/explanation/promises.md"])
def test_the_code_has_the_names_that_are_told(page: str) -> None:
    """`benefits/claiming.claim` is a file of app/ and a name in it. Fails, as tried, with a function that isn't."""
    named = [match for span in spans(pages()[page]) if (match := VERB.fullmatch(span)) and not PLACE.fullmatch(span)]
    wrong = [match[0] for match in named if not has(ROOT / "app" / match[1] / match[2], match[3])]
    assert len(named) > 1
    assert wrong == []
    tests = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    assert [span for span in spans(pages()[page]) if TEST.fullmatch(span) and f"def {span}(" not in tests] == []


def has(place: Path, name: str | None) -> bool:
    """A file of this name holds the name; without one, a folder will do."""
    file = place.with_suffix(".py")
    if name is None:
        return file.exists() or place.is_dir()
    return file.exists() and bool(re.search(rf"^(?:def |class )?{name}\b", file.read_text("utf-8"), re.M))


def test_every_decision_is_in_the_index() -> None:
    """Each with the words of its first line. Fails, as tried, with a decision that was added or renamed."""
    titles = {}
    for file in (ROOT / "docs/decisions").glob("*.md"):
        first = re.fullmatch(r"# (\d{4})(?: ·)? (.+)", file.read_text("utf-8").splitlines()[0])
        assert first, f"{file.name}: its first line is `# NNNN title`"
        assert file.name.startswith(first[1])
        titles[file.name] = f"- [{first[1]}](decisions/{file.name}) {first[2]}"
    told = re.findall(r"^- \[\d{4}\].*$", pages()["docs/README.md"], re.M)
    assert told == [titles[name] for name in sorted(titles)]


def test_every_table_and_sealed_column_is_in_the_inventory() -> None:
    """Fails, as tried, with a new table, and with a new column that is sealed, wrapped or an index of a person."""
    told = pages()["docs/explanation/personal-data.md"]
    words = set(re.findall(r"\w+", " ".join(spans(told))))
    tables = Base.metadata.tables
    assert set(tables) - words == set()
    sealed = {column.name for table in tables.values() for column in table.columns
              if re.search(r"sealed$|^data_key$|_index$", column.name) and column.name != "code_index"}
    assert sealed - words == set()
