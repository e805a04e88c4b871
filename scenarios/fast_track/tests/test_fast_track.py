"""Acceptance with documents to follow: who may, what is handed in, and how an application lives."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from marshmallow import ValidationError

from app.scenario import life
from app.scenario.conditions import evaluate
from app.scenario.contract import After, Document, Need, Outcome, Role
from app.scenario.registry import load_one

FAST_TRACK = load_one(Path(__file__).parents[1])
SCALE = ["AAA", "AA", "A", "B", "C", "D"]
GRADES = {grade: grade for grade in SCALE}
PLAIN, OPEN = (FAST_TRACK.load_terms(raw, GRADES) for raw in FAST_TRACK.examples)
FORM = {"matter": "食品经营许可新办", "deferred": ["从业人员健康证明"]}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


# Fails where the list opens an offer that doesn't say so, or where both ways are wanted instead of one.
@pytest.mark.parametrize(
    ("terms", "grade", "outstanding", "unmet"),
    [
        (PLAIN, "A", False, ()), (PLAIN, "B", True, ("grade_too_low",)), (OPEN, "AA", False, ()),
        (OPEN, "NONE", True, ()), (OPEN, "A", False, ("grade_or_outstanding",)),
    ],
)
def test_who_may(terms, grade, outstanding, unmet):
    facts = {"credit.grade": grade, "volunteer.outstanding": outstanding}
    assert evaluate(FAST_TRACK.conditions(terms), facts, SCALE).unmet == unmet


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deferrable_documents": ["登记申请书"]}, "deferrable_documents"),
        ({"required_documents": []}, "required_documents"),
        ({"publicity_working_days": 8}, "publicity_working_days"),
        ({"template_version": "2020-1"}, "template_version"),
        ({"supplement_working_days": 0}, "supplement_working_days"),
    ],
)
def test_terms_that_may_not_be_set(change, field):
    with pytest.raises(ValidationError) as caught:
        FAST_TRACK.load_terms({**FAST_TRACK.examples[0], **change}, GRADES)
    assert list(caught.value.messages) == [field]


# Fails where a document that can't wait may be left out, or one that wasn't deferred may.
def test_what_is_handed_in_now_and_later():
    form = FAST_TRACK.load_form(FORM, OPEN)
    assert FAST_TRACK.documents(OPEN, form) == (
        Document("许可申请书"), Document("经营场所布局图"), Document("食品安全管理制度文本"),
        Document("从业人员健康证明", deferred=True),
    )


def test_the_form_offers_the_matters_of_the_offer():
    matter = next(field for field in FAST_TRACK.form_fields(OPEN) if field["name"] == "matter")
    assert [choice["value"] for choice in matter["choices"]] == ["食品经营许可新办", "食品经营许可变更"]


# Fails where identity slips into a free text, spaced out or not, or a matter of another offer is taken.
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"note": "我的号码 11010519491231002X"}, "note"),
        ({"note": "110105 19491231 002x"}, "note"),
        ({"note": "打 138-0013-8000 找我"}, "note"),
        ({"note": "110105491231002"}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"matter": "个体工商户设立登记"}, "matter"),
        ({"deferred": ["许可申请书"]}, "deferred"),
        ({"contact_time": "midnight"}, "contact_time"),
        ({"id_number": "11010519491231002X"}, "id_number"),
    ],
)
def test_answers_that_are_not_taken(change, field):
    with pytest.raises(ValidationError) as caught:
        FAST_TRACK.load_form({**FORM, **change}, OPEN)
    assert list(caught.value.messages) == [field]
    assert "11010519491231002" not in str(caught.value.messages)


def test_a_note_may_say_what_it_likes_otherwise():
    note = "周三下午在，证明编号 2026-0315，预算 200000 元"
    assert FAST_TRACK.load_form({**FORM, "note": note}, OPEN)["note"] == note


# Fails where an application is accepted without a signature, or a rejection without its ground.
def test_what_each_step_needs():
    def needs(state, name, role):
        return set(life.find(FAST_TRACK.life, state, name, role).needs)

    doors = FAST_TRACK.manifest.doors
    assert needs("draft", doors.submission, Role.CITIZEN) == {Need.DOCUMENTS, Need.COMMITMENT}
    assert needs("accepted", doors.supplement, Role.MERCHANT) == {Need.MISSING, Need.DUE}
    assert needs("supplement_due", doors.resubmission, Role.CITIZEN) == {Need.DOCUMENTS}
    assert needs("signed", doors.rejection, Role.MERCHANT) == {Need.REASON, Need.LEGAL_GROUND}


# Fails where a refusal or a late document counts as a breach.
def test_nothing_here_is_a_breach():
    reported = {move.name: move.report for move in FAST_TRACK.life.moves if move.report}
    assert reported == {"fulfil": Outcome.FULFILLED, "lapse": Outcome.CANCELLED}


def test_the_citizen_may_withdraw_until_it_is_decided():
    for state in ("draft", "signed", "accepted", "supplement_due"):
        assert life.find(FAST_TRACK.life, state, "withdraw", Role.CITIZEN).target == "withdrawn"
    with pytest.raises(life.NotAllowed):
        life.find(FAST_TRACK.life, "fulfilled", "withdraw", Role.CITIZEN)


# Fails where publicity runs for an offer whose law doesn't ask for it.
def test_the_clock_goes_by_the_terms():
    moments = {After.ENTERED: NOON, After.DUE_AT: NOON + timedelta(days=9)}

    def due(state, terms):
        found = life.next_timer(FAST_TRACK.life, state, terms, moments, lambda at, n: at + timedelta(days=n))
        return found and (found[0], found[1].move)

    assert due("supplement_due", PLAIN) == (NOON + timedelta(days=9), "lapse")
    assert due("fulfilled", PLAIN) is None
    assert due("fulfilled", OPEN) == (NOON + timedelta(days=7), "publicise_due")


def test_the_commitment_is_the_text_that_was_declared():
    commitment = FAST_TRACK.commitment(OPEN)
    assert commitment.public
    assert commitment.text.startswith("信用承诺书")
    assert not commitment.text.endswith("\n")
