"""What was used without network comes in: once, as docs/reference/offline-proof.md declares it, in words for a clerk.

Break tried: an upload under a fresh number each time.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.benefits.models import Offer
from app.kernel import clock
from tests.console.clerk.counter import SCAN, Clerk, in_hand

Clerks = Callable[..., Clerk]


def told(proof: str, offer: Offer, at: datetime | None = None, **more: str) -> dict[str, str]:
    moment = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"number": "S1", "proof": proof, "service_id": offer.service_id, "redeemed_at": moment, **more}


def sent(there: Clerk, body: dict[str, str]) -> tuple[int, str]:
    answer = there.at_once("/upload", body)
    assert answer.content_type == "application/json"
    return answer.status_code, answer.json["code"]


def test_it_comes_in_once(app: Any, db: psycopg.Connection, clerk: Clerks, voucher: Offer) -> None:
    there, body = clerk(), told(in_hand(app, voucher).proof(), voucher, original="20", paid="2")
    assert sent(there, body) == (200, "OK")
    assert sent(there, body) == (200, "OK"), "the same again"
    assert sent(there, {**body, "paid": "3"}) == (409, "CONTENT_DIFFERS")
    assert sent(clerk(1), {**body, "number": "S2"}) == (409, "PROOF_ALREADY_USED")
    rows = db.execute("SELECT out_redemption_no, store_code, waived_fen, received_at IS NOT NULL FROM redemptions")
    assert rows.fetchall() == [("S1", "S-1", 1800, True)]
    assert "优秀青年志愿者咖啡礼遇" in there.get(f"{SCAN}/today").text


def test_the_declared_answers(app: Any, clerk: Clerks, voucher: Offer, monkeypatch: pytest.MonkeyPatch) -> None:
    there, now = clerk(), datetime.now(UTC)
    proof = in_hand(app, voucher).proof()
    assert sent(there, told(proof, voucher, now + timedelta(minutes=11))) == (409, "PROOF_EXPIRED")
    assert sent(there, told(proof, voucher, now - timedelta(minutes=6))) == (422, "MOMENT_WRONG")
    assert sent(there, told(proof, voucher, now + timedelta(minutes=6))) == (422, "MOMENT_WRONG")
    assert sent(there, told(proof[:-4] + "AAAA", voucher)) == (404, "CODE_UNKNOWN")
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=14))
    assert sent(there, told(proof, voucher, now)) == (200, "OK"), "used in its life, sent in later"


@pytest.mark.parametrize("wrong", [{"redeemed_at": "2026-11-23"}, {"redeemed_at": "2026-02-30T00:00:00Z"},
                                   {"service_id": "x"}, {"proof": "x" * 901}, {"original": "-1"}, {"number": "é"},
                                   {"clerk": "somebody"}, {"entitlement_no": "E1"}])
def test_what_no_page_of_ours_sends(clerk: Clerks, voucher: Offer, wrong: dict[str, str]) -> None:
    assert sent(clerk(), {**told("a.b.c", voucher), **wrong}) == (422, "VALIDATION_FAILED")


def test_what_the_phone_keeps_is_about_nobody(app: Any, clerk: Clerks, voucher: Offer) -> None:
    """The worker keeps files of ours, and a page that is the same for every account."""
    there, beside = clerk(0), clerk(1)
    shell = there.get(f"{SCAN}/offline")
    assert shell.text == beside.get(f"{SCAN}/offline").text
    assert "csrf_token" not in shell.text
    worker = there.get(f"{SCAN}/worker.js")
    assert worker.content_type.startswith("text/javascript")
    files = worker.text.partition('"files":[')[2].partition("]")[0].replace('"', "").split(",")
    assert len(files) == 9
    assert all(each.startswith("/static/") for each in files)
    assert "示例人员" not in shell.text + worker.text
