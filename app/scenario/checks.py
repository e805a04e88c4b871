"""What a scenario has to be before it may load; each check answers with sentences, and all are run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.scenario import forms
from app.scenario.conditions import MalformedConditions, as_conditions, leaves, whys_of
from app.scenario.contract import (
    After,
    AtLeast,
    AtMost,
    Contains,
    Equals,
    Need,
    OneOf,
    Outcome,
    Role,
    Span,
)
from app.scenario.facts import FACTS, USAGE_SCOPE, FactKind
from app.scenario.imports import named
from app.scenario.life import ending, next_moves, reachable
from app.scenario.manifest import DOORS, WANTED_DOORS, flatten
from app.scenario.scenario import Scenario

Leaf = AtLeast | AtMost | Equals | OneOf | Contains

IDENTITY_FIELDS = frozenset(
    {"name", "real_name", "id_card", "id_no", "id_number", "identity", "phone", "mobile", "telephone"}
)

_FITTING: dict[FactKind, tuple[tuple[type[Leaf], ...], Callable[[object], bool]]] = {
    # no AtMost on a grade: a benefit for bad grades would be no incentive
    FactKind.GRADE: ((AtLeast, Equals, OneOf), lambda value: isinstance(value, str)),
    FactKind.LIST: ((Contains,), lambda value: isinstance(value, str)),
    FactKind.INTEGER: ((AtLeast, AtMost, Equals, OneOf), lambda value: type(value) is int),
    FactKind.BOOLEAN: ((Equals,), lambda value: type(value) is bool),
    FactKind.REGION: ((Equals, OneOf), lambda value: isinstance(value, str) and len(value) == 6),
}


def check(scenario: Scenario) -> list[str]:
    """Every reason why this scenario may not load; empty where it may."""
    looks = (_names, _doors, _states, _moves, _timers, _schemas, _rules)
    return [reason for look in looks for reason in look(scenario)]


def _names(scenario: Scenario) -> Iterator[str]:
    manifest, life = scenario.manifest, scenario.life
    if life.kind is not manifest.kind:
        yield f"life.py is of kind {life.kind}, scenario.toml of kind {manifest.kind}"
    for state in sorted(life.states - manifest.states.keys()):
        yield f"life.py names the state {state}, which scenario.toml does not declare"
    for state in sorted(manifest.states.keys() - life.states):
        yield f"scenario.toml declares the state {state}, which life.py does not have"
    moves = {move.name for move in life.moves}
    for move in sorted(moves - manifest.moves.keys()):
        yield f"the move {move} has no Chinese name in scenario.toml"
    for move in sorted(manifest.moves.keys() - moves):
        yield f"scenario.toml names the move {move}, which life.py does not have"
    reported = {move.report for move in life.moves if move.report is not None}
    if reported != manifest.reports:
        said, done = sorted(manifest.reports), sorted(reported)
        yield f"reports: scenario.toml declares {', '.join(said)}, life.py makes {', '.join(done) or 'none'}"
    if reported and USAGE_SCOPE not in manifest.scopes:
        yield f"it reports uses without asking for the scope {USAGE_SCOPE}"


def _doors(scenario: Scenario) -> Iterator[str]:
    doors = dict(scenario.manifest.doors.items())
    for door in sorted(WANTED_DOORS[scenario.manifest.kind] - doors.keys()):
        yield f"a scenario of kind {scenario.manifest.kind} needs the door {door}"
    for door, name in doors.items():
        roles = {move.by for move in scenario.life.moves if move.name == name}
        if DOORS[door] not in roles:
            yield f"the door {door} leads to {name}, which is no move of the {DOORS[door]}"


def _states(scenario: Scenario) -> Iterator[str]:
    life = scenario.life
    for state in sorted(life.states - reachable(life)):
        yield f"the state {state} is unreachable from {life.start}"
    for state in sorted(life.states - ending(life)):
        yield f"the state {state} is a dead end: no final state can be come to from it"


def _moves(scenario: Scenario) -> Iterator[str]:
    life, manifest = scenario.life, scenario.manifest
    for state in sorted(life.states):
        for role in Role:
            names = [move.name for move in next_moves(life, state, role)]
            for twice in sorted({name for name in names if names.count(name) > 1}):
                yield f"the {role} has the move {twice} twice from {state}"
    given_back = {move.target for move in life.moves if move.releases_quota}
    for move in life.moves:
        if move.releases_quota and move.target not in life.final:
            yield f"{move.name} releases quota although {move.target} is not final: sold twice"
        if move.target not in life.final and given_back & set(move.sources):
            yield f"{move.name} brings back what has no place in the quota any more: it would be sold twice"
        if move.report is Outcome.BREACHED and (move.by is Role.MERCHANT or Need.TOLD not in move.needs):
            yield f"{move.name} reports a breach: never the merchant's move, never untold"
        if Need.COMMITMENT in move.needs and not manifest.commitments:
            yield f"{move.name} needs a commitment, but scenario.toml has no text of one"
        if Need.DOCUMENTS in move.needs and scenario.document_rules is None:
            yield f"{move.name} needs documents, but form.py does not say which"
        yield from _span(scenario, move.due, move.name)


def _timers(scenario: Scenario) -> Iterator[str]:
    life = scenario.life
    for timer in life.timers:
        if timer.move not in {move.name for move in next_moves(life, timer.state, Role.CLOCK)}:
            yield f"the timer {timer.name} names {timer.move}, no move of the clock from {timer.state}"
        sets_due = any(move.due or Need.DUE in move.needs for move in life.moves)
        if timer.after is After.DUE_AT and not sets_due:
            yield f"the timer {timer.name} waits for due_at, which no move sets"
        yield from _span(scenario, timer.plus, timer.name)
    timed = {(timer.state, timer.move) for timer in life.timers}
    for move in life.moves:
        if move.by is Role.CLOCK:
            for state in move.sources:
                if (state, move.name) not in timed:
                    yield f"the clock's move {move.name} has no timer in {state}"


def _span(scenario: Scenario, span: Span | None, name: str) -> Iterator[str]:
    if span is not None and isinstance(span.amount, str):
        yield from _integer_term(scenario, span.amount, name)


def _integer_term(scenario: Scenario, term: str, name: str) -> Iterator[str]:
    if type(scenario.terms_schema().fields.get(term)) is not fields.Integer:
        yield f"{name} counts by the term {term}, which is no integer of terms.py"


def _schemas(scenario: Scenario) -> Iterator[str]:
    if isinstance(scenario.manifest.hold_minutes, str):
        yield from _integer_term(scenario, scenario.manifest.hold_minutes, "hold_minutes")
    sources = {"grades", "commitments"}
    yield from _schema("terms.py", scenario.terms_schema, sources)
    if scenario.form_schema is not None:
        lists = {f"terms.{name}" for name, each in scenario.terms_schema().fields.items() if _is_list(each)}
        yield from _schema("form.py", scenario.form_schema, lists)
        for name in sorted(IDENTITY_FIELDS & scenario.form_schema().fields.keys()):
            yield f"form.py asks for {name}: identity is the core's, and sealed"


def _is_list(each: fields.Field[Any]) -> bool:
    return isinstance(each, fields.List)


def _schema(file: str, schema: type[Schema], sources: set[str]) -> Iterator[str]:
    if schema().unknown != "raise":
        yield f"{file} lets unknown fields pass"
    for name, each in schema().fields.items():
        if not each.metadata.get("label"):
            yield f"{file}: {name} has no label"
    for name, each in forms.inner_fields(schema):
        if type(each) not in forms.TYPES:
            yield f"{file}: {name} is a {type(each).__name__}; a form has Integer, String, Boolean and List"
        elif (source := forms.choices_from(each)) is not None and source not in sources:
            yield f"{file}: {name} takes its choices from {source}, which is not there"
        elif not _bounded(each):
            yield f"{file}: {name} has no bounds"
        elif isinstance(each, fields.Integer) and not each.strict:
            yield f"{file}: {name} takes texts and fractions for numbers; say strict=True"


def _bounded(each: fields.Field[Any]) -> bool:
    if isinstance(each, fields.Boolean):
        return True
    if isinstance(each, fields.String) and (
        forms.choices_from(each) or any(isinstance(rule, validate.OneOf) for rule in forms.validators(each))
    ):
        return True
    low, high = forms.bounds(each)
    return high is not None and (low is not None or not isinstance(each, fields.Integer))


def _rules(scenario: Scenario) -> Iterator[str]:
    facts, whys = named(scenario.folder / "rules.py")
    yield from _listed(facts)
    yield from _worded(scenario, whys)
    if not scenario.examples:
        yield "terms.py has no EXAMPLES to try the rules with"
    for number, example in enumerate(scenario.examples):
        for reason in _example(scenario, dict(example)):
            yield f"EXAMPLES[{number}]: {reason}"


def _example(scenario: Scenario, raw: dict[str, object]) -> Iterator[str]:
    grades = {value: value for value in raw.values() if isinstance(value, str)}  # any scale will do here
    try:
        terms = scenario.load_terms(raw, grades)
    except ValidationError as error:
        yield from flatten(error.messages)
        return
    try:
        conditions = as_conditions(scenario.rules(terms))
        if as_conditions(scenario.rules(terms)) != conditions:
            yield "rules.py answers the same terms differently"
    except MalformedConditions as error:
        yield f"rules.py: {error}"
        return
    except Exception as error:  # a plugin may fail in any way; its name is the reason
        yield f"rules.py fails on these terms: {type(error).__name__}: {error}"
        return
    yield from _listed({leaf.fact for leaf in leaves(conditions)})
    yield from _worded(scenario, whys_of(conditions))
    for leaf in leaves(conditions):
        yield from _fits(leaf)


def _listed(facts: frozenset[str] | set[str]) -> Iterator[str]:
    for fact in sorted(facts - FACTS.keys()):
        yield f"rules.py reads {fact}, which is not on the whitelist of facts"


def _worded(scenario: Scenario, whys: frozenset[str]) -> Iterator[str]:
    for why in sorted(whys - scenario.manifest.words.keys()):
        yield f"the reason {why} has no words in scenario.toml"


def _fits(leaf: Leaf) -> Iterator[str]:
    if leaf.fact not in FACTS:
        return
    kinds, right = _FITTING[FACTS[leaf.fact].kind]
    values = leaf.values if isinstance(leaf, OneOf) else (leaf.value,)
    if not isinstance(leaf, kinds) or not all(right(value) for value in values):
        yield f"rules.py asks {leaf.fact} by {type(leaf).__name__} {values!r}, which does not fit it"
