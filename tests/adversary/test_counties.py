"""County A's staff, holding every role, at every page of the League with what is county B's (promises T11).

What is B's is answered as what is nobody's, and no page, filter, cursor or export of A's shows a mark of B's. So it
stays with either line taken away alone: the WHERE of every query (`Scope.sees` lets everything through: row-level
security holds), and row-level security (the role isn't taken: the WHERE holds).

Breaks tried: both lines taken away at once, which this file does itself, so that it is known to hear.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text, true
from werkzeug.routing import Rule

from app.staff import passwords, scoping
from app.staff.scoping import Scope
from app.volunteers.revealing import PURPOSES
from tests.adversary.counters import send, shown
from tests.adversary.counties import County, state
from tests.console.browsing import Visitor
from tests.staff.people import QUICK
from tests.volunteers import league, outstanding_ground

COMMON = {"campaign_id"}  # the province's own, which every county sees
CHOICE = re.compile(r"<any\('?(\w+)'?[^<>]*\):(\w+)>")  # one of a few words in an address: nobody's secret
INPUT = re.compile(r"<(input|select|textarea)\b([^>]*)>(.*?)(?=<(?:input|select|textarea|/form)\b)", re.S)
NAME, VALUE, TYPE = (re.compile(rf'\b{each}="([^"]*)"') for each in ("name", "value", "type"))
OPTION = re.compile(r'<option\b[^>]*value="([^"]+)"')


def rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0].startswith("console_league"):
            yield rule


@pytest.fixture
def counties(app: Flask, db: psycopg.Connection, sandbox: object,
             monkeypatch: pytest.MonkeyPatch) -> tuple[County, County]:
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    with app.app_context():
        tree = outstanding_ground.league()
        south = outstanding_ground.organising.add("示例团南县委", "360104", tree.city.id)
        campaign = outstanding_ground.campaign(tree, {"east": 2, "west": 2})
        return tuple(County(league.scope(place), league.scope(south), mark, number, campaign).furnish(tree)
                     for number, (mark, place) in enumerate((("东东", tree.east), ("西西", tree.west)), 1))


def test_anothers_and_nobodys_are_one(app: Flask, db: psycopg.Connection, counties: tuple[County, County]) -> None:
    """In every address, and nothing of theirs is changed. What a new page's address names is made in both counties."""
    named = {name for rule in rules(app) for name in names(rule)}
    assert named | COMMON == counties[0].ids.keys()
    before = state(db, counties[1].place)
    anothers_and_nobodys_are_one(app, *counties)
    assert state(db, counties[1].place) == before


@pytest.mark.parametrize("without", ["neither line", "the WHERE", "row-level security"])
def test_nothing_crosses(app: Flask, counties: tuple[County, County], monkeypatch: pytest.MonkeyPatch,
                         without: str) -> None:
    """Every page, filter, cursor and export; and then both lines go, and much is heard."""
    mine, theirs = counties
    visitor = mine.visitor(app)
    if without == "the WHERE":
        monkeypatch.setattr(Scope, "sees", lambda self, path: true())
    if without == "row-level security":
        monkeypatch.setattr(scoping, "TAKE", text("SELECT :path"))
    heard, looked = crossing(app, visitor, mine, theirs)
    assert heard == set()
    assert looked > 200
    if without == "the WHERE":
        monkeypatch.setattr(scoping, "TAKE", text("SELECT :path"))
        heard, _ = crossing(app, visitor, mine, theirs, enough=20)
        assert len(heard) >= 20, "without both lines B's things are there for all to see"


def anothers_and_nobodys_are_one(app: Flask, mine: County, theirs: County) -> None:
    visitor, wrong, tried = mine.visitor(app), [], 0
    for rule in rules(app):
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            form = inputs(visitor.get(path(rule, mine.ids), follow=False).get_data().decode("utf-8", "replace"))
            for name in names(rule) - COMMON:
                answers = [shown(send(visitor, method, path(rule, {**mine.ids, name: value}), form), value)
                           for value in (theirs.ids[name], str(uuid4()))]
                tried += 1
                if answers[0] != answers[1]:
                    wrong.append((rule.endpoint, method, name, [each[0] for each in answers]))
    assert not wrong, "\n".join(map(str, wrong))
    assert tried > 80


def crossing(app: Flask, visitor: Visitor, mine: County, theirs: County,
             enough: int = 10**6) -> tuple[set[str], int]:
    """Where a mark of theirs was heard, and how many answers were looked at."""
    heard: set[str] = set()
    looked = 0
    for rule in rules(app):
        if len(heard) >= enough:
            break
        for there in addresses(rule, mine, theirs):
            for answer, sent in asked(visitor, rule, there, theirs):
                looked += 1
                told = shown(answer, *sent)[1]
                heard |= {f"{rule.endpoint}: {mark}" for mark in theirs.marks - set(sent) if mark in told}
    return heard, looked


def addresses(rule: Rule, mine: County, theirs: County) -> list[str]:
    """One's own, and with each id of theirs."""
    return [path(rule, mine.ids), *(path(rule, {**mine.ids, name: theirs.ids[name]})
                                    for name in sorted(names(rule) - COMMON))]


def asked(visitor: Visitor, rule: Rule, there: str, theirs: County) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The page; each of its inputs with something of theirs; its export for every purpose."""
    sent = tuple(value for value in theirs.ids.values() if value in there)
    if "GET" not in (rule.methods or ()):
        for mark in sorted(theirs.marks) if not rule.arguments else ("",):
            yield send(visitor, "POST", there, {"q": mark, "purpose": PURPOSES[0]}), (*sent, mark)
        return
    page = visitor.get(there, follow=False)
    yield page, sent
    if page.status_code != 200 or rule.arguments:
        return
    form = page.get_data(as_text=True)
    for name in inputs(form):
        value = theirs.ids.get(name, theirs.ids["volunteer_id"])
        yield visitor.client.get(there, query_string={name: value}), (*sent, value)
    if "POST" in (rule.methods or ()) and 'name="purpose"' in form:
        for purpose in OPTION.findall(form.split('name="purpose"')[1].split("</select>")[0]):
            yield send(visitor, "POST", there, {"purpose": purpose}), sent


def names(rule: Rule) -> set[str]:
    """What stands in its address and is somebody's."""
    return rule.arguments - {name for _, name in CHOICE.findall(rule.rule)}


def path(rule: Rule, ids: dict[str, str]) -> str:
    return re.sub(r"<uuid:(\w+)>", lambda found: ids[found[1]], CHOICE.sub(r"\1", rule.rule))


def inputs(page: str) -> dict[str, str]:
    """The fields of a page's forms with a value that passes for one."""
    found = {}
    for kind, told, rest in INPUT.findall(page):
        name, value, typed = (each.search(told) for each in (NAME, VALUE, TYPE))
        if name and not (typed and typed[1] in {"hidden", "submit", "file"}):
            options = OPTION.findall(rest) if kind == "select" else []
            found[name[1]] = options[0] if options else value[1] if value and value[1] else "示例说明文字，已核实无误"
    return found
