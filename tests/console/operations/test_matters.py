"""Events, embedded checks, the red list and appeals at the console: who looks is written down, nobody is named."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.appeals import opening
from app.appeals.models import Appeal
from app.benefits import claiming, expiring, life
from app.benefits.models import Entitlement
from app.checks import origins
from app.console.operations import appeal_views, event_views
from app.credit import kept_events
from app.credit.models import PlatformEvent
from app.identity.models import Citizen
from app.kernel import clock
from app.kernel.db import session, transaction
from app.merchants import enrolling
from app.scenario.contract import Role
from app.volunteers.red_list import sharing as red_list
from tests.benefits import ground
from tests.cast import LIN
from tests.console.browsing import Visitor, words
from tests.console.operations.conftest import listed, trail
from tests.feedback import bad_days
from tests.staff.people import Person

HOME = "/console/operations/"
CLOCKS = opening.Clocks(1, 5, 24)
TEXT = "雨伞三号就还了，店里没有登记。"


# -- events --------------------------------------------------------------------------------------------------


def refused(app: Flask, **data: Any) -> None:
    event = {"event_id": "E/1", "seq": 7, "type": "something.new", "occurred_at": clock.rfc3339(clock.now()),
             "data": data}
    with app.app_context(), transaction() as s:
        row = PlatformEvent(event_id="E/1", seq=7, type="something.new", occurred_at=clock.now(), state="refused",
                            refusal="BAD_REQUEST", digest="d" * 64)
        s.add(row)
        s.flush()
        kept_events.keep_body(row, event)


def test_a_refused_event_is_read_without_identity_and_the_look_is_written_down(
        app: Flask, operator: Visitor, person: Person, db: psycopg.Connection) -> None:
    """Fails, as tried, where a number in a field of its own is let through, and where the page opens the body."""
    refused(app, subject={"enc": "SM4-GCM", "ct": "secret"}, whatever=LIN.id_number, more=[{"phone": "1"}], fine="好")
    assert "E/1" in words(operator.get(f"{HOME}events/?state=refused"))
    assert "没有符合条件的记录" in words(operator.get(f"{HOME}events/?type=grade.changed"))
    page = operator.get(f"{HOME}events/one/E/1")
    assert "未知类型（something.new）" in words(page)
    assert "fine" not in page.text
    assert trail(db, "event.read") == []
    told = operator.post(f"{HOME}events/body/E/1", page=f"{HOME}events/one/E/1")
    assert "fine" in told.text
    for hidden in (LIN.id_number, "secret"):
        assert hidden not in told.text
    assert trail(db, "event.read") == [(f"staff:{person.id}", "platform_event:E/1")]
    assert "七日内未接受的平台事件 1" in words(operator.get(HOME))


def test_what_might_tell_who_somebody_is_isnt_shown() -> None:
    told = {"name": "林", "a": [LIN.id_number, "19900000001", 19900000001, True, 3, "好"], "b": {"subject": 1}}
    no = "（不显示）"
    assert event_views.hidden(told) == {"name": no, "a": [no, no, no, True, 3, "好"], "b": {"subject": no}}


# -- embedded checks -----------------------------------------------------------------------------------------


@pytest.fixture
def body(app: Flask, db: Any) -> str:
    """A public body; its number."""
    with app.app_context():
        ground.shop(1)
        made = enrolling.enrol(enrolling.NewMerchant("示例区政务服务中心", "11360100MADEM0003H", mchid="1600000003",
                                                     kind="public_body"))
        return made.mchid


def test_origins_are_registered_removed_and_brought_back(app: Flask, operator: Visitor, body: str) -> None:
    page = f"{HOME}checks/{body}"
    assert "小插件现在不能嵌入任何页面" in words(operator.get(page))
    for wrong in ("http://gov.example", "https://gov.example/path", "javascript:alert(1)", ""):
        assert operator.post(page, {"origin": wrong}).status_code == 422
    added = operator.post(page, {"origin": "https://gov.example:8443"})
    assert "https://gov.example:8443" in words(added)
    removal = f"{page}/origins/https://gov.example:8443/remove"
    gone = operator.post(removal)
    assert "小插件现在不能嵌入任何页面" in words(gone)
    undo = re.search(r'action="([^"]+/allow)"', gone.text)
    assert undo
    back = operator.post(undo[1], page=page)
    assert "https://gov.example:8443" in words(back)
    assert "示例区政务服务中心 1600000003 1 0 0 0 0" in words(operator.get(f"{HOME}checks/"))
    assert operator.get(f"{HOME}checks/1600000001").status_code == 404, "a shop has no widget"
    with app.app_context():
        assert list(origins.registered().values()) == [1]


# -- the red list --------------------------------------------------------------------------------------------


def test_an_entry_is_looked_at_masked_and_sent_again(app: Flask, operator: Visitor, person: Person,
                                                     db: psycopg.Connection, sandbox: Any) -> None:
    """Fails, as tried, where the look isn't in the trail."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    listed(app)
    one = f"{HOME}red_list/JX2026-0001"
    assert "待报送" in words(operator.get(f"{HOME}red_list/?unsettled=yes"))
    page = operator.get(one)
    assert trail(db, "red_list.read") == []
    assert LIN.name[0] + "*" not in page.text
    seen = operator.post(f"{one}/who", page=one)
    assert LIN.name not in seen.text
    assert LIN.id_number not in seen.text
    assert "林" + "*" * (len(LIN.name) - 1) in seen.text
    assert LIN.id_number[0] + "*" * 16 + LIN.id_number[-1] in seen.text
    (actor, about), = trail(db, "red_list.read")
    assert (actor, about.split(":")[0]) == (f"staff:{person.id}", "red_list_entry")
    assert "已重新安排报送" in words(operator.post(f"{one}/again"))
    with app.app_context():
        assert bad_days.drain(db, red_list.TOPIC)[-1] == "done"
    assert "待报送" not in words(operator.get(one))


# -- appeals -------------------------------------------------------------------------------------------------


@pytest.fixture
def appeal(app: Flask, db: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lin's umbrella is overdue, she was reminded, and objects; the appeal's number."""
    with app.app_context():
        made = ground.offer(quota_total=5)
        got = claiming.claim(ground.ready(1, made), made.id, None, None)
        with transaction() as s:
            life.move(s.get_one(Entitlement, got.id, with_for_update=True), "hand_over", Role.MERCHANT)
        with monkeypatch.context() as days_later:
            moment = clock.now() + timedelta(days=5)
            days_later.setattr(clock, "now", lambda: moment)
            expiring.run_due()
        citizen = session().get_one(Citizen, got.citizen_id)
        said = opening.Objection("entitlement", str(got.id), TEXT)
        monkeypatch.setattr(opening, "_judged", lambda *_: "pass")
        return opening.open_appeal(citizen, said, CLOCKS).appeal_no


def test_an_appeal_is_read_marked_and_settled_with_what_follows(
        app: Flask, operator: Visitor, person: Person, appeal: str, db: psycopg.Connection) -> None:
    """Fails, as tried, where the page opens the text by itself, and where no move is asked for."""
    one = f"{HOME}appeals/{appeal}"
    assert "受理还剩 1 个工作日" in words(operator.get(f"{HOME}appeals/?state=opened"))
    page = operator.get(one)
    assert TEXT not in page.text
    assert trail(db, "appeal.read") == []
    assert TEXT in operator.post(f"{one}/read", page=one).text
    assert [actor for actor, _ in trail(db, "appeal.read")] == [f"staff:{person.id}"]
    operator.post(f"{one}/mark")
    assert "办结还剩" in words(operator.get(one))
    answer = operator.post(f"{one}/settle", {"outcome": "upheld", "answer": "店里确认已还。"})
    assert answer.status_code == 422
    assert "必填" in words(answer), "the umbrella waits for a move"
    done = operator.post(f"{one}/settle", {"outcome": "upheld", "answer": "店里确认已还。", "move": "accept_objection"})
    assert "已办结" in words(done)
    assert db.execute("SELECT state FROM entitlements").fetchone() == ("returned",)
    assert operator.post(f"{one}/settle", {"outcome": "upheld", "answer": "再"}).status_code == 409
    assert "未办结的异议 0" in words(operator.get(HOME))


@pytest.mark.parametrize(("state", "days", "said"), [
    ("opened", -1, "受理已逾期 1 个工作日"), ("marked", 0, "今日须办结"), ("marked", 2, "办结还剩 2 个工作日"),
    ("settled", -5, None)])
def test_the_clock_counts_working_days(app: Flask, monkeypatch: pytest.MonkeyPatch, state: str, days: int,
                                       said: str | None, later: Callable[[int], Any]) -> None:
    """Friday to Monday is one."""
    day = later(days)
    row = Appeal(state=state, mark_by=day, settle_by=day)
    told = appeal_views.clock_of(row)
    assert (said is None and told is None) or said in told


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """It is Friday; the day so many working days from it."""
    friday = clock.day_start(clock.shanghai_day(clock.now()).replace(year=2026, month=11, day=20)) + timedelta(hours=9)
    monkeypatch.setattr(clock, "now", lambda: friday)

    def day(count: int) -> Any:
        return clock.today() - timedelta(days=1) if count < 0 else clock.add_working_days(clock.today(), count)

    return day
