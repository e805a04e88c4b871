"""Every call of 4.1 to 4.8 against the sandbox, which reads the page for itself: taken, and no breach noted.

Breaks that were tried: the answer's kid not compared, the PDF's digest not compared, `note` and `reason` sent as null,
next_cursor followed as `cursor`, DELETE with an empty JSON body; each failed here or in test_answers.
"""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing, Permanent
from app.gateways.platform.forms import AuthorizationForm, RedListForm
from app.kernel import clock, jsons
from sandbox.platform.initiatives import INITIATIVE
from tests.gateways.conftest import Played

PURPOSE = "为办理信易+守信激励权益查询本人信用等级"
RED_LIST = "outstanding_youth_volunteer"


@pytest.fixture(params=["ES256-SHA256", "SM2-SM3"])
def caller(request: pytest.FixtureRequest, played: Played) -> PlatformClient:
    return played.client(request.param)


def authorize(caller: PlatformClient, played: Played, key: str = "lin", moment: datetime | None = None) -> str:
    moment = moment or clock.now()
    return caller.register_authorization(AuthorizationForm(
        f"GA-{key}", played.subject(key), ("grade.read", "report.read", "usage.report"), PURPOSE, ("rental",), "授权书",
        moment, moment + timedelta(days=30))).authorization_id


def initiate(played: Played, which: int) -> str:
    moment = clock.now()
    told: dict[str, Any] = {
        "initiative_no": f"I{which}", "title": "青年志愿者联合激励", "document_no": "赣信办〔2026〕9号",
        "red_list": RED_LIST, "grades": ["AAA", "AA"], "measures": ["免押金"], "regions": ["360000"],
        "issued_at": clock.rfc3339(moment), "respond_by": clock.rfc3339(moment + timedelta(days=7)),
        "ends_at": clock.rfc3339(moment + timedelta(days=90))}
    assert set(told) == set(INITIATIVE)
    number = told["initiative_no"]
    played.world.state.insert("initiatives", {"initiative_no": number, "body": jsons.dumps(told).decode()})
    return str(number)


def test_identity_authorisation_and_grade(caller: PlatformClient, played: Played) -> None:
    lin = played.subject("lin")
    assert caller.verify_identity(lin).result == "match"
    paper = authorize(caller, played)
    assert caller.query_grade(paper, lin, "rental", PURPOSE, "system").grade == "A"
    caller.revoke_authorization(paper, clock.now())
    with pytest.raises(Permanent, match="AUTHORIZATION_REVOKED"):
        caller.query_grade(paper, lin, "rental", PURPOSE, "system")
    assert played.breaches() == ["AUTHORIZATION_REVOKED"]  # that one was on purpose


def test_a_report_arrives_open_and_whole(caller: PlatformClient, played: Played) -> None:
    paper = authorize(caller, played)
    answer = caller.query_report(paper, played.subject("lin"), "rental", PURPOSE, "system")
    assert answer.pdf.startswith(b"%PDF-")
    assert answer.valid_until >= clock.today()
    assert "PDF" not in repr(answer)
    played.world.faults.order({"target": "platform", "kind": "patch", "value": {"sha256": "ab" * 32}, "times": 1})
    with pytest.raises(Passing, match="schema: sha256"):
        caller.query_report(paper, played.subject("lin"), "rental", PURPOSE, "system")
    assert len(played.world.state.all("select * from queries where kind = 'report'")) == 2
    assert played.breaches() == []


def test_the_red_list(caller: PlatformClient, played: Played) -> None:
    entry = RedListForm(played.subject("lin"), "共青团江西省委", "赣青发〔2026〕1号", date(2026, 10, 1),
                        date(2026, 10, 8), date(2026, 10, 8), date(2027, 10, 8))
    assert [caller.put_red_list_entry(RED_LIST, "RL-1", entry) for _ in range(2)] == ["listed"] * 2
    assert [caller.delete_red_list_entry(RED_LIST, "RL-1") for _ in range(2)] == ["delisted"] * 2
    assert played.breaches() == []
    with pytest.raises(Permanent, match="NOT_FOUND"):
        caller.delete_red_list_entry(RED_LIST, "RL-2")
    other = RedListForm(played.subject("zhou"), *[getattr(entry, name) for name in (
        "cited_by", "document_no", "publicised_from", "publicised_to", "valid_from", "valid_to")])
    with pytest.raises(Permanent, match="BAD_REQUEST"):
        caller.put_red_list_entry(RED_LIST, "RL-1", other)


def test_initiatives_page_by_page(caller: PlatformClient, played: Played) -> None:
    numbers = [initiate(played, number) for number in range(5)]
    played.world.page_size = 2
    page, found = caller.initiatives(), []
    found += page.initiatives
    while page.next_cursor is not None:
        page = caller.initiatives(page.next_cursor)
        found += page.initiatives
    played.world.page_size = 1000
    assert [one.initiative_no for one in found] == numbers
    assert (found[0].grades, found[0].red_list, found[0].regions) == (["AAA", "AA"], RED_LIST, ["360000"])
    assert caller.initiatives(page.cursor).initiatives == []
    assert played.breaches() == []


def test_responding_and_feeding_back(caller: PlatformClient, played: Played) -> None:
    first, second = initiate(played, 1), initiate(played, 2)
    moment = clock.now()
    for _ in range(2):
        assert caller.respond_initiative(first, "accepted", None, ["RENT-FREE"], moment) == "accepted"
        assert caller.respond_initiative(second, "declined", "本地暂无此类服务", [], moment) == "declined"
    for note in ("首月", "更正"):
        assert caller.feed_back_initiative(first, clock.today().isoformat()[:7], 12, 40, 123_400, note) == "received"
    assert played.breaches() == []
    with pytest.raises(Permanent, match="BAD_REQUEST"):
        caller.respond_initiative(first, "declined", "改主意了", [], moment)
    with pytest.raises(Permanent, match="NOT_FOUND"):
        caller.feed_back_initiative("I9", "2026-10", 0, 0, 0, "首月")


def test_a_batch_and_its_day(caller: PlatformClient, played: Played) -> None:
    paper = authorize(caller, played)
    body = jsons.dumps({"batch_no": "B1", "records": [{
        "record_no": "r1", "authorization_id": paper, "scenario": "rental", "benefit": "RENT-FREE",
        "provider_uscc": "91360100MADEM00039", "region": "360100", "occurred_at": clock.rfc3339(clock.now()),
        "outcome": "fulfilled", "waived_fen": 9900, "paid_fen": 300}]})
    assert [caller.send_batch(body).results[0].status for _ in range(2)] == ["accepted", "duplicate"]
    page = caller.reconciliation_page(clock.shanghai_day(clock.now()))
    assert ([row.record_no for row in page.records], page.complete) == (["r1"], False)
    assert page.digest == caller.record_nos_digest(["r1"])
    assert played.breaches() == []
