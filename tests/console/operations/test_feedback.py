"""Rejected records are explained, put right after a look at what changes, and chained; batches held back, let go."""

import re
from typing import Any

import psycopg
import pytest

from app.feedback import sending
from tests.benefits import ground
from tests.console.browsing import Visitor, words
from tests.console.operations.conftest import trail
from tests.staff.people import Person

HOME = "/console/operations/"


@pytest.fixture
def rejected(used: list[str], sandbox: Any, within: Any) -> list[str]:
    """The platform didn't know the provider when these were told; now it does."""
    uscc = within(lambda: ground.queries.by_mchid("1600000001").uscc)  # type: ignore[union-attr]
    sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": False})
    within(sending.work)
    sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": True})
    return used


def form(operator: Visitor, path: str) -> dict[str, str]:
    """The inputs of a page's form as they stand."""
    page = operator.get(path).text
    inputs = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    inputs |= {name: value for value, name in re.findall(r'<input[^>]*value="([^"]*)"[^>]*name="(\w+)"', page)}
    return {name: value for name, value in inputs.items() if name != "csrf_token"}


def test_correct_and_resend_shows_what_changes_before_it_does(
        operator: Visitor, person: Person, rejected: list[str], within: Any, sandbox: Any,
        db: psycopg.Connection) -> None:
    """Fails, as tried, where the first step already writes, and where the new record isn't owed."""
    says_why(operator)
    path = f"{HOME}records/{rejected[0]}/correct"
    given = form(operator, path)
    assert given["waived_fen"] == "3000"
    asked = operator.post(path, {**given, "waived_fen": "700", "note": "金额录错"})
    told = words(asked)
    assert re.search(r"减免金额（分） 3000 700", told), told
    assert "发生时间" not in told.split("将写入")[0], "what stays is not told as a change"
    assert db.execute("SELECT count(*) FROM corrections").fetchone() == (0,), "nothing is written by asking"
    done = operator.post(path, {**given, "waived_fen": "700", "note": "金额录错", "sure": "yes"})
    made = db.execute("SELECT record_no, actor, changes FROM corrections").fetchone()
    assert made is not None
    new, actor, changes = made
    assert actor == f"staff:{person.id}"
    assert changes == {"waived_fen": [3000, 700]}
    assert new in words(done)
    chain = words(operator.get(f"{HOME}records/{rejected[0]}"))
    assert chain.index(f"{rejected[0]}（本条） 被拒收") < chain.index(f"{new} 待入批")
    assert "更正并重报" not in chain, "once each"
    within(sending.work)
    assert [each["corrects"] for each in sandbox.control("GET", "/platform/usages")["items"]] == [rejected[0]]
    assert f"{new}（本条） 已接收" in words(operator.get(f"{HOME}records/{new}"))
    assert trail(db, "usage.correct") == [(actor, f"usage:{rejected[0]}")]
    twice = operator.post(path, {**given, "note": "再来", "sure": "yes"})
    assert twice.status_code == 409
    assert "已有更正记录" in words(twice)


def says_why(operator: Visitor) -> None:
    """What is wrong with the three, and what to do."""
    told = words(operator.get(f"{HOME}records/?mended=no"))
    assert told.count("省平台没有登记这家商户") >= 3
    assert "请核对统一社会信用代码" in told
    assert "没有符合条件的记录" in words(operator.get(f"{HOME}records/?mended=yes"))
    assert "没有符合条件的记录" in words(operator.get(f"{HOME}records/?reason=TOO_OLD"))
    assert "待更正的反馈记录 3" in words(operator.get(HOME))


def test_what_cant_stand_is_told_beside_its_field(operator: Visitor, rejected: list[str],
                                                  db: psycopg.Connection) -> None:
    """Fails, as tried, where the first step doesn't ask what the second one will."""
    path = f"{HOME}records/{rejected[0]}/correct"
    given = form(operator, path)
    for wrong, said in (({"occurred_at": "2020-01-01 00:00:00"}, "最近 30 天"),
                        ({"occurred_at": "昨天"}, "请写作"), ({"provider_uscc": "9" * 18}, "统一社会信用代码不正确"),
                        ({"region": "36"}, "请核对"), ({"waived_fen": "-1"}, "不能小于 0"), ({"note": ""}, "必填")):
        answer = operator.post(path, {**given, "note": "更正", **wrong, "sure": "yes" if "region" in wrong else ""},
                               page=path)
        assert answer.status_code == 422, wrong
        assert said in words(answer), (wrong, words(answer))
    assert db.execute("SELECT count(*) FROM corrections").fetchone() == (0,)


def test_a_batch_is_held_back_and_let_go(operator: Visitor, person: Person, used: list[str], within: Any, sandbox: Any,
                                         db: psycopg.Connection) -> None:
    """Fails, as tried, where the question already acts."""
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/benefit-usages/batches", "kind": "html",
                                        "times": 1})
    within(sending.work)
    number, = db.execute("SELECT batch_no FROM feedback_batches").fetchone() or ("",)
    page = f"{HOME}feedback/batches/{number}"
    assert "BAD_ANSWER" in words(operator.get(page))
    assert "停发这一批？" in words(operator.get(f"{page}/park"))
    state = "SELECT state, parked_by FROM feedback_batches"
    assert db.execute(state).fetchone() == ("ready", None)
    answer = operator.post(f"{page}/park")
    assert db.execute(state).fetchone() == ("parked", f"staff:{person.id}")
    assert f"{page}/unpark" in answer.text, "it can be taken back"
    assert "停发的反馈批次 1" in words(operator.get(HOME))
    assert operator.post(f"{page}/park", page=f"{page}/unpark").status_code == 409
    operator.post(f"{page}/unpark")
    assert db.execute(state).fetchone() == ("ready", None)
    exported = operator.post(f"{HOME}feedback/batches", {"purpose": "对账"})
    assert exported.data.decode("utf-8-sig").splitlines()[1].startswith(f"{number},待报送,3,")
