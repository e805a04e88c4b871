"""Subscribe messages: owed with the commit, sealed, sent once by WeChat's rules, and never too late.

Breaks that fail here: 43101 raised as Passing; 47003 as Passing; the lifetime not looked at; the
values put in clear; `thing` not cut.
"""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from app.identity import erasing, phrasing, telling
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.settings import settings
from app.outbox import sending
from app.outbox.models import Message
from tests import cast
from tests.consent import ground

AT = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
ORDER = {"merchant": "赣江畔共享租借", "order_no": "ORDER-1", "amount_fen": 305, "at": AT}


@pytest.fixture
def lin(inside, sandbox):
    sandbox.control("POST", "/reset")
    sandbox.control("POST", "/wechat/codes", {"person": "lin", "openid": "o-lin"})
    return ground.citizen(cast.LIN)


def tell(who, template="order_confirmed", data=None):
    with transaction():
        telling.tell(who.id, template, ORDER if data is None else data)


def owed():
    session().expire_all()
    return session().query(Message).filter_by(topic=telling.TOPIC).order_by(Message.id).all()


def arrived(sandbox):
    return sandbox.control("GET", "/wechat/messages")["items"]


def test_it_is_owed_sealed_and_sent(lin, sandbox):
    tell(lin)
    [message] = owed()
    assert "ORDER-1" not in json.dumps(message.payload)
    assert "o-lin" not in json.dumps(message.payload)
    assert sending.drain() == 1
    [sent] = arrived(sandbox)
    assert (sent["person"], sent["template_id"]) == ("lin", "demo-order_confirmed")
    assert sent["data"] == {"thing1": "赣江畔共享租借", "character_string2": "ORDER-1", "amount3": "3.05元",
                            "time4": "2026年11月23日 16:05"}
    assert owed()[0].state == "done"


def test_not_without_the_callers_commit(lin):
    with pytest.raises(RuntimeError):
        telling.tell(lin.id, "order_confirmed", ORDER)

    def broken():
        with transaction():
            telling.tell(lin.id, "order_confirmed", ORDER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert owed() == []


def test_who_has_not_subscribed_is_left_alone(lin, sandbox):
    sandbox.control("PUT", "/wechat/subscriptions", {"person": "lin", "template_id": "demo-order_paid", "left": 0})
    tell(lin, "order_paid")
    sending.drain()
    assert (owed()[0].state, owed()[0].attempts) == ("done", 1)
    assert arrived(sandbox) == []
    sandbox.control("PUT", "/wechat/subscriptions", {"person": "lin", "template_id": "demo-order_paid", "left": None})


@pytest.mark.parametrize(("errcode", "state", "error"), [
    (40003, "parked", "WECHAT_40003"), (40037, "parked", "WECHAT_40037"), (47003, "parked", "WECHAT_47003"),
    (45009, "pending", "WECHAT_45009"), (-1, "pending", "WECHAT_AWAY"), (41030, "pending", "WECHAT_41030")])
def test_what_wechat_says_no_with(lin, sandbox, errcode, state, error):
    sandbox.control("POST", "/faults", {"target": "wechat", "path": "/cgi-bin/message/subscribe/send",
                                        "kind": "status", "value": {"errcode": errcode}, "times": 1})
    tell(lin)
    sending.drain(1)
    [message] = owed()
    assert (message.state, message.last_error) == (state, error)
    if errcode == 45009:
        assert message.next_at > clock.now() + timedelta(minutes=50), "tomorrow, or nearly"


def test_nothing_older_than_its_purpose_is_sent(lin, sandbox, monkeypatch):
    tell(lin)
    later = clock.now() + phrasing.shapes()["order_confirmed"].lifetime
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sending.drain() == 1
    assert arrived(sandbox) == []
    assert owed()[0].state == "done"


def test_who_left_is_told_nothing(lin, sandbox):
    tell(lin)
    erasing.erase(lin.id)
    tell(lin)
    assert len(owed()) == 1, "nothing more is owed"
    sending.drain()
    assert arrived(sandbox) == []
    assert [each.state for each in owed()] == ["done"]


def test_a_message_without_a_template_is_not_owed(lin, monkeypatch):
    others = {name: told for name, told in settings().WECHAT_TEMPLATES.items() if name != "order_paid"}
    monkeypatch.setitem(settings()._values, "WECHAT_TEMPLATES", others)  # the default itself is everybody's
    tell(lin, "order_paid")
    assert owed() == []


GIVEN = {"merchant": "店", "order_no": "ORDER-1", "amount_fen": 1, "at": AT, "appeal_no": "AP1",
         "settle_by": date(2026, 1, 2), "result": "已通过"}


@pytest.mark.parametrize("name", sorted(phrasing.shapes()))
def test_each_message_fits_its_template(lin, sandbox, name):
    """WeChat's own lengths are the sandbox's to check. Break: a word of config/messages.toml made too long."""
    shape = phrasing.shapes()[name]
    tell(lin, name, {word: GIVEN[word] for word in shape.asks})
    assert name in settings().WECHAT_TEMPLATES
    assert sending.drain() == 1
    assert [each["template_id"] for each in arrived(sandbox)] == [f"demo-{name}"]
    with pytest.raises(ValueError, match="exactly"):
        tell(lin, name, {"another": "word"})


@pytest.mark.parametrize(("kind", "value", "told"), [
    ("thing", "字" * 21, "字" * 19 + "…"), ("thing", "字" * 20, "字" * 20), ("thing", " 两\n行 ", "两 行"),
    ("thing", "", "-"), ("thing", "找 36010219960307123X", "找 ***"), ("character_string", "13900000001", "***"),
    ("amount", 0, "0.00元"), ("amount", 123456, "1234.56元"), ("date", date(2026, 1, 2), "2026年01月02日"),
    ("phrase", "已办结", "已办结")])
def test_values_as_wechat_wants_them(kind, value, told):
    assert phrasing.KINDS[kind](value) == told


@pytest.mark.parametrize(("kind", "value"), [
    ("character_string", "号"), ("character_string", "x" * 33), ("character_string", ""), ("phrase", "六个汉字以上"),
    ("phrase", "abc"), ("amount", -1), ("amount", True), ("amount", "1"), ("time", "now"), ("date", AT), ("thing", 1)])
def test_values_that_are_none(kind, value):
    with pytest.raises(ValueError, match=r"\w"):
        phrasing.KINDS[kind](value)


def test_a_template_for_no_message_stops_the_start():
    phrasing.check({"order_paid": "x"})
    with pytest.raises(ValueError, match="order_payed"):
        phrasing.check({"order_payed": "x"})
