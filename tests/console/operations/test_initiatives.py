"""An initiative at the console: answered once, an offer made from it in two clicks, its months, its warnings."""

import re
from html import unescape
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.feedback import initiative_queries, initiatives, responding, warning
from app.feedback.initiative_queries import Whole
from app.kernel import clock
from tests.benefits import ground
from tests.console.browsing import Visitor, words
from tests.console.operations.conftest import take, told
from tests.console.operations.test_feedback import form
from tests.feedback import bad_days
from tests.staff.people import Person

HOME = "/console/operations/initiatives/"
ONE = f"{HOME}one/I-1"


@pytest.fixture
def issued(app: Flask, sandbox: Any, within: Any) -> str:
    """An initiative of the platform, and an offer of ours that could serve it; the offer's code."""
    sandbox.control("POST", "/reset", {"authorizations": True})
    sandbox.control("POST", "/platform/initiatives", told())
    within(initiatives.poll)
    code: str = within(lambda: ground.voucher().code)
    return code


def whole(app: Flask) -> Whole:
    with app.app_context():
        return initiative_queries.whole("I-1")


def link(page: Any, label: str) -> str:
    found = re.search(rf'href="([^"]+)"[^>]*>{label}<', page.text)
    assert found, label
    return unescape(found[1])


def test_an_offer_in_two_clicks_then_opened_named_and_sent(
        app: Flask, operator: Visitor, person: Person, issued: str, db: psycopg.Connection, sandbox: Any) -> None:
    """Fails, as tried, where the offer forgets the initiative."""
    question = operator.get(link(operator.get(ONE), "照此设立"))  # the first click
    given = form(operator, question.request.path)
    made = operator.post(question.request.path, given)  # and the second
    assert "已建立草稿权益" in words(made)
    offer, = whole(app).offers
    assert (offer.state, offer.initiative_no, offer.closes_at) == ("draft", "I-1", whole(app).listed.initiative.ends_at)
    assert offer.audience == {"red_list": ground.OUTSTANDING, "grades": ["AAA", "AA", "A"], "regions": ["360100"]}
    opened = operator.post(link(made, "开放"))
    assert whole(app).offers[0].state == "live"
    assert "撤销" in words(opened)
    chosen = operator.get(f"{HOME}accept/I-1").text
    assert re.search(rf'value="{offer.code}" checked', chosen), "its own offers are ticked already"
    assert re.search(rf'value="{issued}">', chosen)
    operator.post(f"{HOME}accept/I-1", {"measures": [offer.code, issued]})
    said = whole(app).listed.response
    assert said is not None
    assert (said.response, said.measures, said.responded_by) == ("accepted", [offer.code, issued], f"staff:{person.id}")
    with app.app_context():
        assert bad_days.drain(db, responding.TOPIC) == ["done"]
    assert "平台已收到" in words(operator.get(ONE))
    theirs, = sandbox.control("GET", "/platform/initiatives")["items"]
    assert theirs["response"]["measures"] == [offer.code, issued]
    operator.post(f"{HOME}feedback/I-1", {"period": f"{clock.today():%Y-%m}", "note": "试点月"})
    month, = whole(app).feedbacks
    assert (month.note, month.usages) == ("试点月", 0)
    assert "待报送" in words(operator.get(f"{HOME}months"))
    assert operator.post(f"{HOME}feedback/I-1", {"period": "2099-01"}).status_code == 422


def test_beyond_its_regions_no_offer_is_made(operator: Visitor, issued: str, app: Flask) -> None:
    path = f"/console/operations/initiative_offers/new/{issued}/I-1"
    answer = operator.post(path, {"code": "FAR-1", "title": "别处", "region": "360400"})
    assert answer.status_code == 422
    assert "不在联合激励发起所列的地区内" in words(answer)
    assert whole(app).offers == []
    assert operator.get("/console/operations/initiative_offers/new/NOBODYS/I-1").status_code == 404


def test_declined_for_a_reason_and_once(operator: Visitor, issued: str, app: Flask) -> None:
    path = f"{HOME}decline/I-1"
    assert operator.post(path, {"reason": ""}).status_code == 422
    assert whole(app).listed.response is None
    operator.post(path, {"reason": "本地区没有相应的服务。"})
    assert "不接受" in words(operator.get(ONE))
    assert "照此设立" not in words(operator.get(ONE))
    answer = operator.post(f"{HOME}accept/I-1", {"measures": [issued]})
    assert answer.status_code == 409
    assert "只能作出一次" in words(answer)


def test_without_measures_it_is_not_accepted(operator: Visitor, issued: str, app: Flask) -> None:
    assert operator.post(f"{HOME}accept/I-1", {}).status_code == 422
    assert operator.post(f"{HOME}accept/I-1", {"measures": ["nobody's"]}).status_code == 422
    assert whole(app).listed.response is None


def test_what_is_due_stands_first_and_what_is_late_says_so(
        app: Flask, operator: Visitor, within: Any, monkeypatch: pytest.MonkeyPatch, db: Any) -> None:
    now = clock.now().replace(microsecond=0)
    take(app, told("I-far", title="远期"))
    soon = clock.day_end(clock.add_working_days(clock.today(), 1))
    take(app, told("I-near", title="临期", respond_by=clock.rfc3339(soon.replace(microsecond=0))))
    within(warning.run_due)
    page = words(operator.get(HOME))
    urgent = page.split("全部发起")[0]
    assert "临期 不足" in urgent
    assert "远期" not in urgent
    assert "临期或逾期的联合激励 1" in words(operator.get("/console/operations/"))
    monkeypatch.setattr(initiative_queries.clock, "now", lambda: now.replace(year=now.year + 1))
    with app.app_context():
        assert {each.state for each in initiative_queries.listed({"limit": 9})[0]} == {"overdue"}


def test_two_words_under_one_time_are_told(app: Flask, operator: Visitor, db: Any) -> None:
    data = told()
    take(app, data)
    take(app, {**data, "title": "另一份"})
    assert "省平台以同一发起时间推送过不同的内容" in words(operator.get(ONE))
