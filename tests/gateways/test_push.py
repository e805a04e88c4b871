"""The platform's pushes: checked in the page's order, and every answer of ours signed where it can be.

Breaks that were tried: the body read before the signature, the refusal signed with another nonce than the push's,
an unknown field let through, the subject opened with our own nonce; each failed here.
"""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gateways.platform import sealing, wire
from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.push import EVENTS, PlatformDoor, Refused
from app.gateways.platform.sealing import Subject
from app.gateways.platform.suites import SUITES
from app.kernel.errors import Unavailable
from tests.gateways.conftest import CALM, VECTORS, Memory, StillClock
from tests.gateways.stand_in import APP_ID, PLATFORM_ID
from tests.gateways.test_answers import GOOD

SUITE = SUITES["ES256-SHA256"]
PATH = "/platform/v1/events"
NONCE, REQUEST_ID = "N0nceOfThePush000001", "6f0f2c1e-3c1d-4a59-8d2f-0c7a4a1d9b11"
NOW = VECTORS["now"]
THEIRS = wire.Signer(PLATFORM_ID, SUITE, "pk-v-1",
                     SUITE.private_key(VECTORS["keys"]["platform"]["private_pem"].encode()))
OURS = SUITE.public_key(VECTORS["keys"]["client"]["public_pem"].encode())
LIN = Subject("林示范", "360102199003071236")
DATA: dict[str, dict[str, Any]] = {
    "grade.changed": {"authorization_id": "A1", "grade": "B", "as_of": "2026-11-20", "valid_until": "2026-12-19",
                      "restricted": False},
    "record.repaired": {"authorization_id": "A1", "repaired_at": "2026-11-23T09:00:00+08:00"},
    "red_list.added": {"authorization_id": "A1", "list": "outstanding_youth_volunteer"},
    "red_list.removed": {"authorization_id": "A1", "list": "a_new_list"},
    "authorization.revoked": {"authorization_id": "A1", "revoked_at": "2026-11-23T09:00:00+08:00"},
    "initiative.issued": GOOD["initiative"][1],
    "usage.disputed": {"record_no": "r1", "reason": "未曾使用"},
}
ABOUT_SOMEBODY = {"grade.changed", "record.repaired", "red_list.added", "red_list.removed"}


@pytest.fixture
def door(keys: PlatformKeys, nonces: Memory, clock: StillClock) -> PlatformDoor:
    return PlatformDoor(PlatformSettings("http://platform.test/gateway/v1", APP_ID, PLATFORM_ID, keys), nonces, clock)


def event(keys: PlatformKeys, kind: str, **changes: Any) -> dict[str, Any]:
    data = dict(DATA.get(kind, {}))
    if kind in ABOUT_SOMEBODY:
        data["subject"] = sealing.seal_subject(keys, LIN, NONCE)
    return {"event_id": "E1", "seq": 1234, "type": kind, "occurred_at": "2026-11-23T09:30:00+08:00", "data": data,
            **changes}


def push(told: object, **spoiled: str | None) -> tuple[str, str, list[tuple[str, str]], bytes]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    made = wire.request_headers(THEIRS, "POST", PATH, body, NONCE, NOW, REQUEST_ID)
    headers = [(name, value) for name, value in {**made, **spoiled}.items() if value is not None]
    return "POST", PATH, headers, body


def check_answer(status: int, headers: dict[str, str], body: bytes, request_nonce: str = NONCE) -> Any:
    """As the platform would: seven headers, our app id, the signature over the push's nonce."""
    text = "".join(f"{part}\n" for part in (
        status, request_nonce, headers["X-Timestamp"], headers["X-Nonce"], SUITE.digest(body)))
    assert SUITE.verify(OURS, text.encode(), base64.b64decode(headers["X-Signature"], validate=True))
    assert (headers["X-App-Id"], headers["X-Suite"], headers["X-Key-Id"]) == (APP_ID, SUITE.name, "ck-v-1")
    return json.loads(body)


@pytest.mark.parametrize("kind", EVENTS)
def test_each_type_is_read(door: PlatformDoor, keys: PlatformKeys, kind: str) -> None:
    read = door.read(*push(event(keys, kind)))
    assert (read.event["type"], read.known) == (kind, True)
    assert read.subject == (LIN if kind in ABOUT_SOMEBODY else None)
    status, headers, body = door.accept(read, "processed")
    assert check_answer(status, headers, body) == {"event_id": "E1", "status": "processed"}
    assert headers["X-Request-Id"] == REQUEST_ID


def test_an_unknown_type_is_read_for_staff_and_refused(door: PlatformDoor, keys: PlatformKeys) -> None:
    read = door.read(*push(event(keys, "star.awarded", data={"x": 1})))
    assert (read.known, read.event["data"]) == (False, {"x": 1})
    status, headers, body = door.refuse(read, "BAD_REQUEST")
    assert check_answer(status, headers, body)["code"] == "BAD_REQUEST"
    assert status == 400


@pytest.mark.parametrize(("spoiled", "code", "status"), [
    ({"X-App-Id": "x"}, "UNKNOWN_APP", 401), ({"X-Timestamp": "now"}, "BAD_REQUEST", 400),
    ({"X-Key-Id": "pk-9"}, "BAD_SIGNATURE", 401), ({"X-Timestamp": str(NOW + 301)}, "CLOCK_SKEW", 401),
    ({"X-Signature": "A" * 88}, "BAD_SIGNATURE", 401), ({"Content-Encoding": "gzip"}, "BAD_REQUEST", 400)])
def test_a_refusal_is_signed_and_answers_this_push(
    door: PlatformDoor, keys: PlatformKeys, spoiled: dict[str, str], code: str, status: int
) -> None:
    with pytest.raises(Refused) as refused:
        door.read(*push(event(keys, "record.repaired"), **spoiled))
    answered, headers, body = door.refusal(refused.value)
    told = check_answer(answered, headers, body)
    assert (answered, told["code"], told["request_id"]) == (status, code, REQUEST_ID)
    assert headers["X-Request-Id"] == REQUEST_ID


def test_what_is_not_there_is_told_signed_behind_the_same_checks(door: PlatformDoor, keys: PlatformKeys) -> None:
    told = push(event(keys, "record.repaired"))
    for status, code in ((404, "NOT_FOUND"), (401, "NONCE_REPLAYED")):
        answered, headers, body = door.nowhere(*told)
        assert (answered, check_answer(answered, headers, body)["code"]) == (status, code)
        assert headers["X-Request-Id"] == REQUEST_ID


@pytest.mark.parametrize("suite", [None, "SM2-SM3", "RS256"])
def test_without_a_suite_of_ours_nothing_is_signed(
    door: PlatformDoor, keys: PlatformKeys, suite: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        door.read(*push(event(keys, "record.repaired"), **{"X-Suite": suite}))
    status, headers, body = door.refusal(refused.value)
    assert (status, json.loads(body)["code"], set(headers)) == (400, "BAD_REQUEST", {"Content-Type"})


def test_where_nonce_and_request_id_are_missing_the_refusal_is_signed_over_an_empty_line(
    door: PlatformDoor, keys: PlatformKeys
) -> None:
    with pytest.raises(Refused) as refused:
        door.read(*push(event(keys, "record.repaired"), **{"X-Nonce": None, "X-Request-Id": None}))
    answered = door.refusal(refused.value)
    assert check_answer(*answered, request_nonce="")["code"] == "BAD_REQUEST"
    assert wire.REQUEST_ID.fullmatch(answered[1]["X-Request-Id"])


def test_nothing_of_a_body_is_read_before_its_signature_verified(door: PlatformDoor) -> None:
    for body in (b"rubbish", b"[" * 2000):
        with pytest.raises(Refused, match="BAD_SIGNATURE"):
            door.read(*push(body, **{"X-Signature": "A" * 88}))


def test_the_same_push_twice(door: PlatformDoor, keys: PlatformKeys) -> None:
    sent = push(event(keys, "grade.changed"))
    door.read(*sent)
    with pytest.raises(Refused, match="NONCE_REPLAYED"):
        door.read(*sent)


@pytest.mark.parametrize("target", [PATH + "?", PATH + "/", "/platform/v1/Events", "/platform//v1/events"])
def test_another_target(door: PlatformDoor, keys: PlatformKeys, target: str) -> None:
    method, _, headers, body = push(event(keys, "grade.changed"))
    with pytest.raises(Refused, match="BAD_SIGNATURE"):
        door.read(method, target, headers, body)


SPOILED: list[dict[str, Any]] = [
    {"event_id": ""}, {"event_id": None}, {"seq": "1"}, {"seq": -1}, {"seq": True}, {"seq": 10**16}, {"type": 7},
    {"type": "a\nb"}, {"type": "a" * 129}, {"occurred_at": "2026-11-23"}, {"data": []}, {"data": None}, {"extra": 1},
    {"data": {}}, {"data": {**DATA["authorization.revoked"], "extra": 1}},
    {"data": {"authorization_id": "A1", "revoked_at": None}}]


@pytest.mark.parametrize("change", SPOILED)
def test_a_body_that_is_not_as_the_page_says(
    door: PlatformDoor, keys: PlatformKeys, change: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="BAD_REQUEST"):
        door.read(*push(event(keys, "authorization.revoked", **change)))


@pytest.mark.parametrize("change", [{"grades": ["S"]}, {"respond_by": None}, {"regions": "360000"}])
def test_an_initiative_is_read_as_strictly_as_a_polled_one(
    door: PlatformDoor, keys: PlatformKeys, change: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="BAD_REQUEST"):
        door.read(*push(event(keys, "initiative.issued", data={**DATA["initiative.issued"], **change})))


@pytest.mark.parametrize("name", ["event_id", "seq", "type", "occurred_at", "data"])
def test_a_field_that_is_missing(door: PlatformDoor, keys: PlatformKeys, name: str) -> None:
    told = event(keys, "authorization.revoked")
    del told[name]
    with pytest.raises(Refused, match="BAD_REQUEST"):
        door.read(*push(told))


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"seq":NaN}', b"[" * 2000, b"\xff", b"x" * 300_000])
def test_a_body_that_is_no_event(door: PlatformDoor, body: bytes) -> None:
    with pytest.raises(Refused, match="BAD_REQUEST"):
        door.read(*push(body))


@pytest.mark.parametrize("spoil", [
    lambda sealed: {**sealed, "enc": "SM4-GCM"}, lambda sealed: {**sealed, "kid": "dk-9"},
    lambda sealed: {**sealed, "extra": ""}, lambda sealed: {**sealed, "iv": "AAAA"},
    lambda sealed: {**sealed, "ct": "A" * 60}, lambda sealed: {**sealed, "ct": sealed["ct"] + "="}])
def test_a_seal_that_does_not_open(door: PlatformDoor, keys: PlatformKeys, spoil: Any) -> None:
    told = event(keys, "grade.changed")
    told["data"]["subject"] = spoil(told["data"]["subject"])
    with pytest.raises(Refused) as refused:
        door.read(*push(told))
    status, headers, body = door.refusal(refused.value)
    assert check_answer(status, headers, body)["code"] == "BAD_SEAL"


@pytest.mark.parametrize("plain", [
    {"name": "林示范", "id_type": "111", "id_number": "36010219900307123x"}, {"name": "林示范"}, "林示范",
    {"name": "", "id_type": "111", "id_number": "360102199003071236"},
    {"name": "林示范", "id_type": "112", "id_number": "360102199003071236"}])
def test_what_opens_but_is_no_subject(door: PlatformDoor, keys: PlatformKeys, plain: Any) -> None:
    with pytest.raises(Refused, match="BAD_SEAL"):
        door.open_subject(sealing.seal_json(keys, plain, NONCE), NONCE)


def test_without_a_memory_of_nonces_the_platform_is_asked_to_come_again(
    keys: PlatformKeys, clock: StillClock
) -> None:
    class Away:
        def first_time(self, space: str, nonce: str, seconds: int) -> bool:
            raise Unavailable(retry_after=5)

    settings = PlatformSettings("http://platform.test/gateway/v1", APP_ID, PLATFORM_ID, keys)
    door = PlatformDoor(settings, Away(), clock)
    with pytest.raises(Refused) as refused:
        door.read(*push(event(keys, "grade.changed")))
    status, headers, body = door.refusal(refused.value)
    assert (status, check_answer(status, headers, body)["code"]) == (500, "INTERNAL")


@CALM
@given(st.one_of(st.binary(max_size=200), st.dictionaries(
    st.sampled_from(["event_id", "seq", "type", "occurred_at", "data", "x"]),
    st.one_of(st.none(), st.integers(), st.text(max_size=10), st.dictionaries(st.text(max_size=5), st.integers())))))
def test_any_signed_body_is_read_or_refused(told: object) -> None:
    keys = PlatformKeys(SUITE, "ck-v-1", SUITE.private_key(VECTORS["keys"]["client"]["private_pem"].encode()),
                        {"pk-v-1": THEIRS.key.public_key()}, "dk", {})
    settings = PlatformSettings("http://platform.test/gateway/v1", APP_ID, PLATFORM_ID, keys)
    with suppress(Refused):
        PlatformDoor(settings, Memory(), StillClock(NOW)).read(*push(told))
