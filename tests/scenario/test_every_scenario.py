"""What every folder of scenarios/ keeps, tomorrow's too."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from marshmallow import ValidationError

from app.scenario import life
from app.scenario.conditions import conditions_digest, evaluate, from_json, to_json
from app.scenario.contract import After, Kind, Outcome, Role
from app.scenario.facts import FACTS
from app.scenario.registry import SCENARIOS, load

GRADES = {grade: grade for grade in ("AAA", "AA", "A", "B", "C", "D")}
FOLDERS = sorted(path.parent.name for path in SCENARIOS.glob("*/scenario.toml"))
LOADED = load(SCENARIOS, entry_points=False)
EXAMPLES = [(each, raw) for each in LOADED.values() for raw in each.examples]


@pytest.fixture(params=FOLDERS)
def scenario(request):
    return LOADED[request.param]


@pytest.fixture(params=EXAMPLES, ids=lambda pair: f"{pair[0].id}-{pair[0].examples.index(pair[1])}")
def offered(request):
    each, raw = request.param
    return each, each.load_terms(raw, GRADES)


# Fails where a folder is not found by its scenario.toml.
def test_every_folder_is_loaded():
    assert list(LOADED) == FOLDERS
    assert {"rental", "volunteer", "fast_track"} <= set(FOLDERS)


# Fails where a read-out of conditions changes them: a replayed decision would be another one.
def test_conditions_survive_json_and_keep_their_digest(offered):
    each, terms = offered
    conditions = each.conditions(terms)
    again = from_json(json.loads(json.dumps(to_json(conditions))))
    assert again == conditions
    assert conditions_digest(again) == conditions_digest(conditions)
    assert each.rule_version(terms) == f"{each.manifest.version}+{conditions_digest(conditions)[:16]}"


# Fails where `scopes` leaves out the consent of a fact, or asks for one that no fact needs.
def test_the_consents_are_those_of_the_facts_and_no_other(offered):
    each, terms = offered
    wanted = {FACTS[name].scope for name in each.facts(terms)} - {None}
    assert each.scopes(terms) == wanted | each.manifest.scopes


# Fails where somebody of whom nothing is known passes, or where a no has no words.
def test_nobody_passes_on_no_facts_and_every_no_has_its_words(offered):
    each, terms = offered
    answer = evaluate(each.conditions(terms), {}, list(GRADES))
    assert not answer.eligible
    for why in answer.unmet:
        word = each.word(why)
        assert all(re.search(r"[一-鿿]", text) for text in (word.message, word.legal_ground, word.how))


# Fails where terms hold what JSON can't keep: the core stores them as JSON.
def test_terms_are_json(offered):
    _, terms = offered
    assert json.loads(json.dumps(terms)) == terms


# Fails where a form field can't be described, or an unknown term passes.
def test_the_console_can_draw_the_form_of_the_terms(scenario):
    form = scenario.terms_form(GRADES)
    assert json.loads(json.dumps(form)) == form
    assert all(field["label"] and field["type"] for field in form)
    with pytest.raises(ValidationError) as caught:
        scenario.load_terms({**scenario.examples[0], "surprise": 1}, GRADES)
    assert "surprise" in caught.value.messages


# Fails where the clock, a role without a move, or a final state could keep an entitlement open for ever.
def test_the_clock_ends_what_is_never_used(scenario):
    far = datetime(2026, 1, 1, tzinfo=UTC)
    due = life.next_timer(
        scenario.life, scenario.life.start, {}, {After.ENTERED: far, After.VALID_TO: far + timedelta(days=1)}, _days
    )
    assert due is not None
    moved = life.find(scenario.life, scenario.life.start, due[1].move, Role.CLOCK)
    assert moved.target in scenario.life.final
    assert moved.releases_quota


# Fails where giving back costs the citizen a report, or keeps the place in the quota.
def test_a_citizen_can_give_back_what_is_not_used(scenario):
    found = life.find(
        scenario.life, scenario.life.start, scenario.manifest.doors.cancellation, Role.CITIZEN
    )
    assert found.releases_quota
    assert found.report is None


# Fails where a use is reported other than once: at the redemption of a voucher, at the end of an order.
def test_a_use_is_reported_where_the_kind_says(scenario):
    doors = scenario.manifest.doors
    reports = {
        door: {move.report for move in scenario.life.moves if move.name == name} for door, name in doors.items()
    }
    fulfilled = {door for door, outcomes in reports.items() if Outcome.FULFILLED in outcomes}
    wanted = {Kind.VOUCHER: "redemption", Kind.ORDER: "completion", Kind.APPLICATION: "fulfilment"}
    assert fulfilled == {wanted[scenario.kind]}
    assert reports.get("reversal", {Outcome.REVERSED}) == {Outcome.REVERSED}


# Fails where the staff's page is missing or says nothing in Chinese.
def test_the_staff_have_their_page(scenario):
    text = (scenario.folder / "README.md").read_text("utf-8")
    assert len(re.findall(r"[一-鿿]", text)) > 200
    assert scenario.manifest.name in text


def _days(start, count):
    return start + timedelta(days=count)
