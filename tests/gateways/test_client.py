"""Good days: what we send is what the page asks for, and what comes back is what callers get.

Breaks that were tried: the batch's body parsed and written anew, the nonce of the seal differing from the header,
the cursor left unquoted, a second attempt added to `query_grade`; each failed here or in test_bad_days.
"""

import hashlib
import json
import threading
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from app.gateways import health
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Permanent
from app.gateways.platform.forms import AuthorizationForm
from app.gateways.platform.sealing import Subject
from app.kernel.db import transaction
from tests.gateways.conftest import StillClock
from tests.gateways.stand_in import StandIn

SEVEN = {"x-app-id", "x-suite", "x-key-id", "x-timestamp", "x-nonce", "x-request-id", "x-signature"}
GRADE = {"query_no": "Q1", "grade": "AA", "as_of": "2026-11-01", "valid_until": "2026-11-30", "red_lists": [],
         "restricted": False}
ZHOU = Subject("周样例", "36010219851212109X")
FORM = AuthorizationForm(
    authorization_no="GA-1", subject=ZHOU, scopes=("grade.read", "usage.report"), purpose="为办理权益查询本人信用等级",
    scenarios=("rental",), document_text="授权书", signed_at=datetime(2026, 11, 23, 1, 30, 0, 999, UTC),
    expires_at=datetime(2027, 11, 23, 1, 30, tzinfo=UTC))


def ask_grade(client: PlatformClient) -> Any:
    return client.query_grade("A1", ZHOU, "rental", FORM.purpose, "system")


def test_a_real_name_check(client: PlatformClient, platform: StandIn) -> None:
    platform.says({"verification_no": "V1", "result": "mismatch", "checked_at": "2026-11-23T09:30:00+08:00"})
    answer = client.verify_identity(ZHOU, "13900000001")
    [seen] = platform.seen
    platform.check_signature(seen)
    assert (seen.method, seen.target) == ("POST", "/gateway/v1/identities/verifications")
    assert platform.opened(seen, "subject") == {"name": "周样例", "id_type": "111", "id_number": "36010219851212109X"}
    assert platform.opened(seen, "phone") == "13900000001"
    assert (answer.verification_no, answer.result) == ("V1", "mismatch")
    client.verify_identity(ZHOU)
    assert set(platform.seen[1].json) == {"subject"}


def test_the_headers_of_a_request(client: PlatformClient, platform: StandIn) -> None:
    platform.says(GRADE)
    ask_grade(client)
    names = [name.lower() for name, _ in platform.seen[0].headers]
    assert len(names) == len(set(names))
    assert set(names) == SEVEN | {"host", "accept-encoding", "content-length", "content-type"}
    assert platform.seen[0].header("Accept-Encoding") == "identity"


def test_registering_an_authorisation(client: PlatformClient, platform: StandIn) -> None:
    platform.says({"authorization_id": "A1", "authorization_no": "GA-1", "status": "active"}, 201)
    assert client.register_authorization(FORM).authorization_id == "A1"
    [seen] = platform.seen
    platform.check_signature(seen)
    assert {key: value for key, value in seen.json.items() if key != "subject"} == {
        "authorization_no": "GA-1", "scopes": ["grade.read", "usage.report"], "purpose": FORM.purpose,
        "scenarios": ["rental"], "signed_at": "2026-11-23T09:30:00+08:00", "expires_at": "2027-11-23T09:30:00+08:00",
        "document_digest": hashlib.sha256("授权书".encode()).hexdigest()}
    platform.says({"authorization_id": "A1", "authorization_no": "GA-1", "status": "revoked"})
    assert client.register_authorization(FORM).status == "revoked"


@pytest.mark.parametrize(("number", "sent"), [("A/1?", "A%2F1%3F"), ("授%é+&", "%E6%8E%88%25%C3%A9%2B%26"),
                                              ("~" * 64, "~" * 64)])
def test_withdrawing_an_authorisation(client: PlatformClient, platform: StandIn, number: str, sent: str) -> None:
    """Under whatever number they gave it. Tried: ASCII alone taken for a number; `/` left as it is."""
    platform.says({"authorization_id": number, "authorization_no": "GA-1", "status": "active"}, 201)
    assert client.register_authorization(FORM).authorization_id == number
    platform.seen.clear()
    platform.says({"status": "revoked"})
    client.revoke_authorization(number, FORM.signed_at)
    assert platform.seen[0].target == f"/gateway/v1/authorizations/{sent}/revocation"
    platform.check_signature(platform.seen[0])
    assert platform.seen[0].json == {"revoked_at": "2026-11-23T09:30:00+08:00"}


def test_a_grade(client: PlatformClient, platform: StandIn, clock: StillClock) -> None:
    platform.day = lambda stand_in, seen, _: stand_in.signed(seen, GRADE, timestamp=clock.seconds + 2)
    answer = ask_grade(client)
    seen = platform.seen[0]
    assert {key: value for key, value in seen.json.items() if key != "subject"} == {
        "authorization_id": "A1", "scenario": "rental", "purpose": FORM.purpose, "operator": "system"}
    assert (answer.grade, answer.valid_until) == ("AA", date(2026, 11, 30))
    assert answer.answered_at.timestamp() == clock.seconds + 2


def test_a_batch_goes_out_byte_for_byte(client: PlatformClient, platform: StandIn) -> None:
    body = b'{ "records": [{"record_no": "r2"}, {"record_no":"r1"}],\n "batch_no": "B1", "note": "\\u4fe1"}'
    platform.says({"batch_no": "B1", "receipt_no": "RB1", "results": [
        {"record_no": "r1", "status": "accepted", "receipt_no": "R1"},
        {"record_no": "r2", "status": "rejected", "reason": "TOO_OLD"}]})
    answer = client.send_batch(body)
    platform.check_signature(platform.seen[0])
    assert platform.seen[0].body == body
    assert [(row.record_no, row.status, row.reason) for row in answer.results] == [
        ("r2", "rejected", "TOO_OLD"), ("r1", "accepted", None)]


def test_a_page_of_reconciliation(client: PlatformClient, platform: StandIn) -> None:
    page = {"date": "2026-11-22", "count": 0, "waived_fen": 0, "digest": "ab" * 32, "records": [],
            "next_cursor": "2026-11-22/2000+=", "complete": False}
    platform.says(page)
    assert client.reconciliation_page(date(2026, 11, 22)).next_cursor == "2026-11-22/2000+="
    client.reconciliation_page(date(2026, 11, 22), "2026-11-22/1000+=")
    first, second = platform.seen
    assert first.target == "/gateway/v1/benefit-usages/reconciliations/2026-11-22"
    assert second.target == first.target + "?cursor=2026-11-22%2F1000%2B%3D"
    for seen in (first, second):
        platform.check_signature(seen)
        assert "content-length" not in {name.lower() for name, _ in seen.headers}


def test_one_thread_keeps_one_connection_and_threads_share_none(
    client: PlatformClient, platform: StandIn, bare: Flask
) -> None:
    platform.says(GRADE)
    for _ in range(3):
        ask_grade(client)

    def elsewhere() -> None:
        with bare.app_context():
            ask_grade(client)

    others = [threading.Thread(target=elsewhere) for _ in range(4)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join()
    assert len(platform.seen) == 7
    assert len({seen.connection for seen in platform.seen}) == 5
    assert len({seen.header("X-Nonce") for seen in platform.seen}) == 7
    assert len({seen.json["subject"]["iv"] for seen in platform.seen}) == 7


@pytest.mark.parametrize(("code", "status"), [
    ("BAD_REQUEST", 400), ("BAD_SEAL", 400), ("BAD_SIGNATURE", 401), ("NONCE_REPLAYED", 401), ("UNKNOWN_APP", 401),
    ("SCOPE_DENIED", 403), ("SUBJECT_NOT_FOUND", 404), ("AUTHORIZATION_NOT_FOUND", 404), ("NOT_FOUND", 404),
    ("AUTHORIZATION_EXPIRED", 409), ("AUTHORIZATION_REVOKED", 409), ("AUTHORIZATION_NO_REUSED", 409),
    ("BATCH_NO_REUSED", 409)])
def test_a_final_code_is_permanent_and_names_nobody(
    client: PlatformClient, platform: StandIn, code: str, status: int
) -> None:
    platform.says({"code": code, "message": "查无此人：周样例 36010219851212109X", "request_id": "x"}, status)
    with pytest.raises(Permanent) as failed:
        ask_grade(client)
    assert failed.value.code == code
    assert len(platform.seen) == 1
    assert "周样例" not in f"{failed.value} {failed.value.message}"
    assert health.last("platform")["grade"].outcome == code


def test_no_call_inside_a_transaction(client: PlatformClient, platform: StandIn) -> None:
    platform.says(GRADE)
    with pytest.raises(RuntimeError), transaction():
        ask_grade(client)
    assert platform.seen == []


def test_how_it_went_is_kept(client: PlatformClient, platform: StandIn) -> None:
    platform.says(GRADE)
    ask_grade(client)
    assert health.last("platform")["grade"].outcome == "OK"


def test_what_we_say_is_small_json_in_utf8(client: PlatformClient, platform: StandIn) -> None:
    platform.says(GRADE)
    ask_grade(client)
    [seen] = platform.seen
    assert FORM.purpose.encode() in seen.body
    assert json.dumps(seen.json, ensure_ascii=False, separators=(",", ":")).encode() == seen.body
