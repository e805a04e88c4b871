"""Bad days (promises C37, P10): each ends in a named failure, in time, with nothing of the body used or logged.

Breaks that were tried: a check of `wire.check_answer` left out, the echo not compared, the size limit or the deadline
lifted, 5xx read without a signature, the stale connection not noticed; each failed here.
"""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from app.gateways import health
from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.failures import Passing
from app.gateways.transport import Limits, NoReply
from app.kernel.errors import Unavailable
from tests.gateways.conftest import QUICK, Memory, StillClock
from tests.gateways.stand_in import Answer, Day, Seen, StandIn
from tests.gateways.test_client import GRADE, ZHOU, ask_grade

HTML = b"<html>\xe5\x91\xa8\xe6\xa0\xb7\xe4\xbe\x8b 502 Bad Gateway</html>"
REPLAYED = "a" * 32


def signed(told: object = GRADE, status: int = 200, **bad: Any) -> Day:
    return lambda platform, seen, _: platform.signed(seen, told, status, **bad)


def changed(change: Callable[[Answer], Answer], **bad: Any) -> Day:
    return lambda platform, seen, _: change(platform.signed(seen, GRADE, **bad))


def with_header(name: str, value: str) -> Day:
    """One header of a true answer replaced."""
    return changed(lambda answer: Answer(
        200, [(key, value if key == name else kept) for key, kept in answer.headers], answer.body))


def by_stranger(platform: StandIn, seen: Seen, _: socket.socket) -> Answer:
    return platform.signed(seen, GRADE, key=platform.stranger)


def longer_than_told(platform: StandIn, seen: Seen, _: socket.socket) -> Answer:
    answer = platform.signed(seen, GRADE)
    lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    return Answer(raw=f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 500\r\n\r\n".encode() + answer.body)


def endless(_: StandIn, __: Seen, ___: socket.socket) -> Answer:
    return Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65535 + b"\r\n" +
                  b"ffff\r\n" + b"x" * 65535 + b"\r\n0\r\n\r\n")


NO_ANSWERS: dict[str, Day] = {
    "HTML 502": lambda *_: Answer(502, [], HTML),
    "HTML 200": lambda *_: Answer(200, [], HTML),
    "504 without a body": lambda *_: Answer(504),
    "an unsigned error": lambda *_: Answer(429, [], b'{"code":"RATE_LIMITED","message":"","request_id":"x"}'),
    "not HTTP": lambda *_: Answer(raw=b"SSH-2.0-hello\r\n"),
    "cut short by a proxy": changed(lambda answer: Answer(200, answer.headers, answer.body[:20])),
    "hung up in the body": longer_than_told,
    "over the size limit": signed({**GRADE, "pad": "x" * 70_000}),
    "over the size limit, in pieces": endless,
    "compressed": changed(lambda answer: Answer(200, [*answer.headers, ("Content-Encoding", "gzip")], answer.body)),
    "a redirect": lambda *_: Answer(302, [("Location", "http://127.0.0.1:1/")], b""),
    "a stranger's signature": by_stranger,
    "another body signed": signed(signed_body=b"{}"),
    "status changed by a proxy": signed(signed_status=201),
    "the answer to another request": signed(request_nonce="b" * 32),
    "echo of another request id": signed(request_id="6f0f2c1e-3c1d-4a59-8d2f-0c7a4a1d9b11"),
    "a nonce that came before": signed(nonce=REPLAYED),
    "another app": with_header("X-App-Id", "somebody"),
    "another suite": with_header("X-Suite", "SM2-SM3"),
    "an unknown key": with_header("X-Key-Id", "pk-9"),
    "a header twice": changed(lambda answer: Answer(200, [*answer.headers, ("X-Nonce", "c" * 32)], answer.body)),
    "200 with an error inside": signed({"code": "AUTHORIZATION_REVOKED", "message": "", "request_id": "x"}),
    "an unknown grade": signed({**GRADE, "grade": "E"}),
    "another success": signed(status=202),
    "an unknown error code": signed({"code": "TEAPOT", "message": "", "request_id": "x"}, 418),
    "a code under another status": signed({"code": "SCOPE_DENIED", "message": "", "request_id": "x"}, 500),
    "no JSON, well signed": signed(b"null and void"),
    "a list": signed(b"[]"),
    "a name twice": signed(b'{"query_no":"Q1","query_no":"Q2"}'),
    "NaN": signed(b'{"query_no":NaN}'),
    "nested too deep": signed(b"[" * 5000 + b"]" * 5000),
    "half a surrogate": signed(b'{"query_no":"\\ud800"}'),
}


@pytest.mark.parametrize("day", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_not_used(
    client: PlatformClient, platform: StandIn, nonces: Memory, day: Day
) -> None:
    nonces.first_time("platform:ggxy-360000", REPLAYED, 600)
    platform.day = day
    with structlog.testing.capture_logs() as logs, pytest.raises(Passing) as failed:
        ask_grade(client)
    assert (failed.value.code, failed.value.retry_after_s) == ("BAD_ANSWER", None)
    assert len(platform.seen) == 1  # each attempt is a look
    said = f"{failed.value!r} {logs}"
    assert not any(private in said for private in (ZHOU.name, ZHOU.id_number, "query_no=", "Q1"))
    platform.says(GRADE)
    assert ask_grade(client).grade == "AA"  # and the day after is good again


@pytest.mark.parametrize(("day", "why"), [
    ("over the size limit", "too large"), ("over the size limit, in pieces", "too large"),
    ("compressed", "content-encoding"), ("hung up in the body", "cut short"), ("not HTTP", "BadStatusLine")])
def test_what_the_transport_refuses_is_not_even_checked(
    client: PlatformClient, platform: StandIn, day: str, why: str
) -> None:
    platform.day = NO_ANSWERS[day]
    with pytest.raises(Passing, match=f"broken: {why}"):
        ask_grade(client)


def test_a_body_that_is_announced_too_large_is_not_read(client: PlatformClient, platform: StandIn) -> None:
    """Fails where the announced length is not looked at: nothing of the body ever comes."""
    platform.day = lambda *_: Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n")
    with pytest.raises(Passing, match="too large"):
        ask_grade(client)


def test_an_unsigned_answer_is_called_so(client: PlatformClient, platform: StandIn) -> None:
    platform.day = NO_ANSWERS["HTML 502"]
    with pytest.raises(Passing, match="http 502, unsigned"):
        ask_grade(client)


def dripping(start: bytes) -> Day:
    """One byte every 50 ms, for ever: each wait is short, the whole is not."""
    def drip(_: StandIn, __: Seen, connection: socket.socket) -> Answer:
        connection.sendall(start)
        for _i in range(60):
            time.sleep(0.05)
            connection.sendall(b"x")
        return Answer(raw=b"")

    return drip


def silent(_: StandIn, __: Seen, ___: socket.socket) -> Answer | None:
    time.sleep(1.5)
    return None


@pytest.mark.parametrize("day", [
    silent, dripping(b""), dripping(b"HTTP/1.1 200 OK\r\nX-Slow: "), dripping(b"HTTP/1.1 200 OK\r\n\r\n")],
    ids=["silence", "a dripped status line", "a dripped header", "a dripped body"])
def test_slowness_ends_in_time(client: PlatformClient, platform: StandIn, day: Day) -> None:
    platform.day = day
    start = time.monotonic()
    with pytest.raises(Passing, match="timeout") as failed:
        client.verify_identity(ZHOU)
    assert failed.value.code == "NO_ANSWER"
    assert time.monotonic() - start < QUICK.whole_s + 0.5
    assert len(platform.seen) == 1  # a citizen doesn't wait twice


def test_a_call_that_is_hung_up_on_is_tried_once_more_only_where_it_may_be(
    client: PlatformClient, platform: StandIn
) -> None:
    for ask, attempts in ((lambda: client.verify_identity(ZHOU), 2), (lambda: ask_grade(client), 1),
                          (lambda: client.send_batch(b'{"batch_no":"B1","records":[]}'), 1)):
        platform.seen.clear()
        with pytest.raises(Passing, match="connection") as failed:
            ask()
        assert failed.value.code == "NO_ANSWER"
        assert len(platform.seen) == attempts
        assert len({seen.header("X-Nonce") for seen in platform.seen}) == attempts
        assert len({seen.header("X-Request-Id") for seen in platform.seen}) == attempts


def test_the_second_attempt_is_sealed_anew_and_may_succeed(client: PlatformClient, platform: StandIn) -> None:
    good = {"verification_no": "V1", "result": "match", "checked_at": "2026-11-23T09:30:00+08:00"}
    platform.day = lambda stand_in, seen, _: stand_in.signed(seen, good) if len(stand_in.seen) == 2 else None
    assert client.verify_identity(ZHOU).result == "match"
    first, second = platform.seen
    assert first.json["subject"]["iv"] != second.json["subject"]["iv"]
    assert platform.opened(second, "subject") == platform.opened(first, "subject")


def test_nobody_there(client: PlatformClient, platform: StandIn) -> None:
    platform.stop()
    with pytest.raises(Passing, match="connection") as failed:
        ask_grade(client)
    assert (failed.value.code, failed.value.sent) == ("NO_ANSWER", False)


def test_who_was_reached_once_may_have_taken_it(client: PlatformClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """They hang up, and are gone at the second attempt: that nobody was reached then says nothing of the first.

    Tried: `sent` of the last attempt alone; a refused connection that counts as sent (test_nobody_there).
    """
    ends = [NoReply("connection", "RemoteDisconnected"), NoReply("connection", "ConnectionRefusedError", sent=False)]

    def exchange(*_: object) -> None:
        raise ends.pop(0)

    monkeypatch.setattr(client._asker._transport, "exchange", exchange)
    with pytest.raises(Passing, match="ConnectionRefused") as failed:
        client.verify_identity(ZHOU)
    assert (ends, failed.value.sent) == ([], True)


def test_a_kept_connection_that_the_platform_closed_is_noticed(client: PlatformClient, platform: StandIn) -> None:
    def answer_then_close(stand_in: StandIn, seen: Seen, connection: socket.socket) -> Answer:
        answer = stand_in.signed(seen, GRADE)
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        head = f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(answer.body)}\r\n\r\n"
        return Answer(raw=head.encode() + answer.body)

    platform.day = answer_then_close
    for _ in range(3):
        assert ask_grade(client).grade == "AA"
        time.sleep(0.1)
    assert len(platform.seen) == 3


@pytest.mark.parametrize(("code", "status", "told", "wait"), [
    ("RATE_LIMITED", 429, {"retry_after_s": 7}, 7), ("RATE_LIMITED", 429, {}, 30), ("MAINTENANCE", 503, {}, 30),
    ("MAINTENANCE", 503, {"retry_after_s": 14_400}, 14_400), ("RATE_LIMITED", 429, {"retry_after_s": "soon"}, 30),
    ("RATE_LIMITED", 429, {"retry_after_s": -1}, 30), ("INTERNAL", 500, {}, None)])
def test_passing_codes_say_when_to_come_back(
    client: PlatformClient, platform: StandIn, code: str, status: int, told: dict[str, Any], wait: int | None
) -> None:
    platform.says({"code": code, "message": "忙", "request_id": "x", **told}, status)
    with pytest.raises(Passing) as failed:
        client.verify_identity(ZHOU)
    assert (failed.value.code, failed.value.retry_after_s) == (code, wait)
    assert len(platform.seen) == 1


@pytest.mark.parametrize("skew", [-600, 301, 31_536_000])
def test_a_true_answer_of_another_time_raises_the_clock_alarm(
    client: PlatformClient, platform: StandIn, clock: StillClock, skew: int
) -> None:
    refusal = {"code": "CLOCK_SKEW", "message": "时钟", "request_id": "x"}
    platform.day = signed(refusal, 401, timestamp=clock.seconds + skew)
    with pytest.raises(Passing) as failed:
        ask_grade(client)
    assert (failed.value.code, failed.value.skew_s, health.clock_skew()) == ("CLOCK_SKEW", skew, skew)
    platform.says(GRADE)
    ask_grade(client)
    assert health.clock_skew() is None


def test_the_clock_alarm_is_one_line_in_the_log_that_names_it(
    client: PlatformClient, platform: StandIn, clock: StillClock
) -> None:
    """Once when it begins and once when it ends, however many calls there are between; and it is no line a call."""
    platform.says(GRADE)
    ask_grade(client)
    with structlog.testing.capture_logs() as lines:
        platform.day = signed(timestamp=clock.seconds - 600)
        for _ in range(3):
            with pytest.raises(Passing, match="CLOCK_SKEW"):
                ask_grade(client)
        platform.says(GRADE)
        ask_grade(client)
        ask_grade(client)
    told = [(line["event"], line.get("seconds"), line["log_level"]) for line in lines if "clock" in line["event"]]
    assert told == [("platform_clock_skew", -600, "error"), ("platform_clock_agrees", None, "info")]
    assert health.clock_difference() == 0


def test_an_answer_of_another_time_that_is_not_true_raises_no_alarm(
    client: PlatformClient, platform: StandIn, clock: StillClock
) -> None:
    platform.day = signed(timestamp=clock.seconds + 600, request_nonce="b" * 32)
    with pytest.raises(Passing) as failed:
        ask_grade(client)
    assert (failed.value.code, health.clock_skew()) == ("BAD_ANSWER", None)


def test_no_memory_of_nonces_means_no_answer(
    settings: PlatformSettings, platform: StandIn, clock: StillClock, bare: object
) -> None:
    class Away:
        def first_time(self, space: str, nonce: str, seconds: int) -> bool:
            raise Unavailable(retry_after=5)

    platform.says(GRADE)
    with pytest.raises(Passing) as failed:
        ask_grade(PlatformClient(settings, Away(), clock))
    assert failed.value.code == "NO_ANSWER"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A listener whose queue is full: connecting gets no word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for caller in waiting:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for caller in waiting:
            caller.close()


def test_connecting_is_bounded(
    settings: PlatformSettings, nonces: Memory, clock: StillClock, bare: object, deaf_port: int
) -> None:
    there = PlatformSettings(f"http://127.0.0.1:{deaf_port}/gateway/v1", settings.app_id, settings.platform_id,
                             settings.keys, Limits(connect_s=0.3, read_s=5, whole_s=6))
    start = time.monotonic()
    with pytest.raises(Passing, match="timeout"):
        ask_grade(PlatformClient(there, nonces, clock))
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize("url", [
    "http://127.0.0.1:1", "http://127.0.0.1:1/gateway/v1/", "ftp://x/gateway/v1", "/gateway/v1"])
def test_a_base_url_that_is_none(settings: PlatformSettings, nonces: Memory, clock: StillClock, url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        PlatformClient(PlatformSettings(url, "a", "p", settings.keys), nonces, clock)


@pytest.mark.parametrize(("app_id", "platform_id"), [("", "p"), ("a", "")])
def test_settings_without_an_app_id(settings: PlatformSettings, app_id: str, platform_id: str) -> None:
    with pytest.raises(ValueError, match="needed"):
        PlatformSettings(settings.base_url, app_id, platform_id, settings.keys)
