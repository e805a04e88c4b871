"""A repaired record: the grade is dropped, its citizen is told once, and what was refused for it can be decided anew.

Tried, and fails here: told for each authorisation; for each, where the platform's clock is ahead. Not tried: a no for
other reasons offered too; a decision of after the repair not looked at; the offer's end not looked at.
"""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.benefits import deciding, reoffering
from app.credit import grades
from app.identity import erasing, telling
from app.kernel import clock
from app.kernel.db import session
from app.outbox import sending
from app.outbox.models import Message
from tests.benefits import ground as shops
from tests.cast import EVERYBODY, LIN, WU, verified
from tests.consent import ground
from tests.platform_api.conftest import said

LOW = {**shops.RENTAL, "min_grade": "AAA"}


@pytest.fixture
def refused(lin: Any, world: Any) -> Any:
    """Lin, grade A, was refused what takes AAA."""
    offer = shops.offer(terms=LOW)
    shops.agrees(lin, offer)
    assert deciding.may_have(lin, offer.id).unmet == ["grade_too_low"]
    return lin


def news(who: Any) -> list[str]:
    return [each.offer.title for each in reoffering.offered(who.id)]


def owed() -> list[Message]:
    session().expire_all()
    return session().query(Message).filter_by(topic=telling.TOPIC).all()


def test_it_is_offered_and_told_once(refused: Any, push: Any, world: Any) -> None:
    ground.registered(refused, "usage.report")  # two papers: the event comes twice
    assert news(refused) == []
    answers = push("record.repaired")
    assert len(answers) >= 2
    assert set(said(answers)) == {"processed"}
    assert grades.latest(refused) is None
    assert news(refused) == ["免押借雨伞"]
    assert len(owed()) == 1
    world.control("POST", "/wechat/codes", {"person": "lin", "openid": "o-lin"})
    sending.drain()
    [sent] = [each for each in world.control("GET", "/wechat/messages")["items"]
              if each["template_id"] == "demo-record_repaired"]
    assert sent["person"] == "lin"
    words = json.dumps(sent, ensure_ascii=False)
    assert "可以重新判定" in words
    assert not any(each in words for each in (EVERYBODY["lin"].name, EVERYBODY["lin"].id_number, "信用", "AAA"))


def test_it_is_told_once_by_a_clock_ahead_of_ours_too(refused: Any, push: Any) -> None:
    ground.registered(refused, "usage.report")
    ahead = clock.rfc3339(clock.now() + timedelta(seconds=100))
    answers = push("record.repaired", data={"repaired_at": ahead})
    assert len(answers) >= 2
    assert set(said(answers)) == {"processed"}
    assert len(owed()) == 1
    assert news(refused) == ["免押借雨伞"]


def test_a_new_decision_closes_it(refused: Any, push: Any, world: Any) -> None:
    world.control("PUT", "/people/lin", {"grade": "AAA"})
    push("record.repaired")
    [again] = reoffering.offered(refused.id)
    assert deciding.may_have(refused, again.offer.id).eligible
    assert news(refused) == []


def test_a_no_for_other_reasons_is_not_offered(lin: Any, push: Any) -> None:
    """Refused for want of a consent: nothing was looked at, so the repair changes nothing."""
    offer = shops.offer()
    ground.registered(lin)
    assert deciding.may_have(lin, offer.id).unmet == ["consent_missing"]
    push("record.repaired")
    assert news(lin) == []


def test_what_is_too_old_or_closed_is_not_offered(refused: Any, push: Any, db: Any) -> None:
    push("record.repaired")
    assert len(news(refused)) == 1
    db.execute("UPDATE offers SET closes_at = now() - interval '1 second', opens_at = now() - interval '1 day'")
    assert news(refused) == []
    db.execute("UPDATE offers SET closes_at = now() + interval '1 day'")
    db.execute("UPDATE decisions SET made_at = now() - interval '91 days'")
    session().expire_all()
    assert news(refused) == []


def test_a_late_repair_says_nothing(refused: Any, push: Any) -> None:
    """Overtaken by a later word about the grade: stale, and nobody is told."""
    push("grade.changed", seq=900)
    assert set(said(push("record.repaired", seq=899))) == {"processed"}
    assert owed() == []
    assert news(refused) == []


def test_who_left_is_told_nothing(refused: Any, push: Any, world: Any) -> None:
    [paper, *_] = world.control("GET", "/platform/authorizations")["items"]
    erasing.erase(refused.id)
    push("record.repaired", data={"authorization_id": paper["authorization_id"]})
    assert owed() == []


def test_the_citizen_reads_it(client: Any, world: Any, app: Any, db: Any) -> None:
    """Over HTTP, and only the own."""
    with app.app_context():
        offer = shops.offer(terms=LOW)
        path = f"/api/v1/offers/{offer.id}"
    lin, wu = verified(client, world, LIN), verified(client, world, WU)
    for need in lin.get(path).json["needs"]["consents"]:
        lin.post("/api/v1/consents", {"offer_id": path.rsplit("/", 1)[1], **{
            name: need[name] for name in ("scope", "text_version", "text_digest")}})
    assert lin.post(f"{path}/decisions").json["eligible"] is False
    db.execute("UPDATE credit_grades SET repaired_at = %s", (clock.now(),))
    [item] = lin.get("/api/v1/me/news").json["items"]
    assert (item["kind"], item["title"]) == ("decide_again", "免押借雨伞")
    assert item["next"] == {"name": "decision", "href": f"{path}/decisions"}
    assert wu.get("/api/v1/me/news").json == {"items": []}
