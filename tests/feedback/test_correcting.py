"""A rejected record is put right by a new one that names it: both stay, once each, by somebody, for a reason.

Seen to fail when `_check` doesn't look for a later usage: the key of `corrections` then refuses
the second one, by a 500.
"""

import threading
from datetime import timedelta

import orjson
import pytest

from app.benefits import usages
from app.benefits.models import Usage
from app.feedback import correcting, queries, sending
from app.feedback.correcting import Changes
from app.feedback.errors import AlreadyCorrected, CorrectionRefused, NotCorrectable, RecordNotFound
from app.feedback.models import Batch, Correction, Feedback
from app.kernel import clock
from app.kernel.db import session
from app.merchants import uscc
from app.trail.models import Entry
from tests.feedback import ground

STAFF = "staff:a1"
FIRST = "91360100MADEMC001"
USCC = FIRST + uscc.check_character(FIRST)


@pytest.fixture
def rejected(liu, sandbox):
    """The numbers of three uses that the platform rejected, since it didn't know the provider; now it does."""
    known = ground.ground.queries.by_mchid("1600000001").uscc
    sandbox.control("POST", "/platform/providers", {"uscc": known, "known": False})
    sending.work()
    sandbox.control("POST", "/platform/providers", {"uscc": known, "known": True})
    session().expire_all()
    return liu[1]


def usage(number):
    return session().query(Usage).filter_by(usage_no=number).one()


def test_it_is_reported_anew_under_a_new_number_that_names_the_first(rejected, sandbox):
    first, _, _ = rejected
    new = correcting.correct(first, Changes(provider_uscc=USCC, waived_fen=700), "商户代码录错", STAFF)
    assert sending.work() == 1
    taken, = sandbox.control("GET", "/platform/usages")["items"]
    assert (taken["record_no"], taken["corrects"]) == (new, first)
    assert (taken["provider_uscc"], taken["waived_fen"]) == (USCC, 700)
    assert [row["record_no"] for row in sandbox.control("GET", "/platform/usages")["rejected"]] == sorted(rejected)
    assert ground.states()[first] == "rejected", "both stay"
    before, after = usage(first), usage(new)
    assert (after.corrects, after.ordinal) == (first, before.ordinal + 1)
    for name in ("occurred_at", "outcome", "consent_id", "region", "paid_fen"):
        assert getattr(after, name) == getattr(before, name)
    made = session().query(Correction).one()
    assert (made.actor, made.note) == (STAFF, "商户代码录错")
    assert made.changes == {"provider_uscc": [before.provider_uscc, USCC], "waived_fen": [before.waived_fen, 700]}
    entry = session().query(Entry).filter_by(what="usage.correct").one()
    assert (entry.actor, entry.about) == (STAFF, f"usage:{first}")
    assert orjson.loads(session().query(Batch).order_by(Batch.batch_no.desc()).first().body)["records"][0][
        "corrects"] == first
    assert sandbox.control("GET", "/platform/breaches")["items"] == []


def test_where_the_cause_was_mended_there_the_same_goes_out_under_a_new_number(rejected, sandbox):
    new = correcting.correct(rejected[0], Changes(), "省平台已登记商户", STAFF)
    sending.work()
    assert ground.taken(sandbox) == [new]
    assert queries.health().to_correct == 2
    rows = {row.record_no: row.corrected_by for row in queries.wrong_page({"limit": 10})[0]}
    assert rows == {rejected[0]: new, rejected[1]: None, rejected[2]: None}
    mended, _ = queries.wrong_page({"limit": 10, "mended": True})
    assert [row.record_no for row in mended] == [rejected[0]]


def test_twice_is_refused_and_so_is_what_was_taken_back_since(rejected):
    new = correcting.correct(rejected[0], Changes(), "一", STAFF)
    with pytest.raises(AlreadyCorrected) as no:
        correcting.correct(rejected[0], Changes(), "二", STAFF)
    assert no.value.extra == {"record_no": new}
    back, = ground.copies(rejected[1], 1, corrects=rejected[1])
    with pytest.raises(AlreadyCorrected) as no:
        correcting.correct(rejected[1], Changes(), "三", STAFF)
    assert no.value.extra == {"record_no": back}


def test_of_many_at_once_one_wins(rejected, app):
    won, refused, ready = [], [], threading.Barrier(6)

    def one():
        with app.app_context():
            ready.wait()
            try:
                won.append(correcting.correct(rejected[0], Changes(), "更正", STAFF))
            except AlreadyCorrected:
                refused.append(1)

    threads = [threading.Thread(target=one) for _ in range(6)]
    session().rollback()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(won), len(refused)) == (1, 5)
    assert session().query(Usage).filter_by(corrects=rejected[0]).count() == 1


def test_a_wrong_correction_can_be_corrected_and_a_later_reversal_names_the_last(rejected, sandbox):
    sandbox.control("POST", "/platform/providers", {"uscc": USCC, "known": False})
    second = correcting.correct(rejected[0], Changes(provider_uscc=USCC), "一", STAFF)
    sending.work()
    assert ground.states()[second] == "rejected"
    third = correcting.correct(second, Changes(provider_uscc=usage(rejected[0]).provider_uscc), "二", STAFF)
    sending.work()
    assert ground.taken(sandbox) == [third]
    assert usages.first_of(usage(third).redemption_id).usage_no == third


WRONG = [
    ({"provider_uscc": USCC[:-1] + ("0" if USCC[-1] != "0" else "1")}, "provider_uscc"),
    ({"region": "36010"}, "region"),
    ({"region": "３６０１００"}, "region"), ({"waived_fen": -1}, "waived_fen"), ({"paid_fen": 10**13}, "paid_fen"),
    ({"occurred_at": timedelta(days=-31)}, "occurred_at"), ({"occurred_at": timedelta(minutes=1)}, "occurred_at"),
    ({"note": " "}, "note"), ({"note": "长" * 201}, "note")]


def test_what_the_platform_would_refuse_again_isnt_written(rejected):
    for each, field in WRONG:
        told = {name: clock.now() + value if name == "occurred_at" else value for name, value in each.items()}
        note = told.pop("note", "更正")
        with pytest.raises(CorrectionRefused) as no:
            correcting.correct(rejected[0], Changes(**told), note, STAFF)
        assert list(no.value.errors) == [field]
    assert session().query(Correction).count() == 0


def test_a_field_that_the_platform_names_has_to_change(liu, sandbox):
    _, numbers = liu
    rows = [{"record_no": number, "status": "rejected", "reason": "FIELD_INVALID:region"} for number in numbers]
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/benefit-usages/batches", "times": 1,
                                        "kind": "patch", "value": {"results": rows}})
    sending.work()
    assert queries.wrong_page({"limit": 1})[0][0].words == "省平台认为某一栏的内容不合规范：区划代码"
    with pytest.raises(CorrectionRefused):
        correcting.correct(numbers[0], Changes(waived_fen=1), "更正", STAFF)
    assert correcting.correct(numbers[0], Changes(region="360102"), "更正", STAFF)


def test_what_came_too_late_is_corrected_where_its_time_was_wrong_and_names_nothing_that_was_never_told(liu, sandbox):
    _, numbers = liu
    old, = ground.copies(numbers[0], 1, first_at=clock.now() - timedelta(days=31))
    sending.work()
    with pytest.raises(CorrectionRefused):
        correcting.correct(old, Changes(), "仍旧", STAFF)
    new = correcting.correct(old, Changes(occurred_at=clock.now() - timedelta(days=1)), "时间录错", STAFF)
    sending.work()
    taken = sandbox.control("GET", "/platform/usages")["items"][-1]
    assert taken["record_no"] == new
    assert "corrects" not in taken
    assert usage(new).corrects == old
    assert sandbox.control("GET", "/platform/usages")["rejected"] == []


def test_what_isnt_wrong_isnt_corrected(liu):
    _, numbers = liu
    with pytest.raises(RecordNotFound):
        correcting.correct(numbers[0], Changes(), "还没报", STAFF)
    sending.work()
    with pytest.raises(NotCorrectable) as no:
        correcting.correct(numbers[0], Changes(), "已接收", STAFF)
    assert no.value.extra == {"state": "accepted", "reason": ""}
    with pytest.raises(RecordNotFound):
        correcting.correct("U-nobody", Changes(), "没有", STAFF)
    assert session().query(Feedback).filter(Feedback.state != "accepted").count() == 0


def test_by_hand(rejected, sandbox, app):
    run = app.test_cli_runner().invoke
    done = run(args=["feedback", "correct", rejected[0], "--region", "360102", "--note", "区划录错",
                     "--by", "zhang.op"])
    assert done.exit_code == 0, done.output
    sending.work()
    assert ground.taken(sandbox) == [done.output.strip()]
    again = run(args=["feedback", "correct", rejected[0], "--note", "再来", "--by", "zhang.op"])
    assert (again.exit_code, "RECORD_ALREADY_CORRECTED" in again.output) == (1, True)
    assert session().query(Correction).one().actor == "operator:zhang.op"
