"""Sending what is due: sealed and signed anew for each attempt, by the schedule of merchant.md, section 1."""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import update

from app.gateways import access
from app.gateways.merchants.client import NotSent
from app.kernel import clock, crash, jsons
from app.kernel.crews import crew
from app.kernel.db import end_reads, session, transaction
from app.kernel.sealing import sealer
from app.kernel.settings import settings
from app.merchants import queries as merchants
from app.merchants import sealing, signing
from app.notifications import lanes
from app.notifications.lanes import Held
from app.notifications.models import Attempt, Lane, Notification
from app.notifications.putting import place

log = structlog.get_logger()
SENT = Counter("xinyi_notifications_total", "Attempts at notifying merchants", ["kind", "outcome"])
# seconds to wait after the first failure, the second, …; after the sixteenth it is undelivered
SCHEDULE = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600)
JITTER = 0.1  # up to so much more, so that what failed together doesn't come back together
TAKEN = (200, 204)
SLOW_MS = 1000


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt; `failure` is a fixed word, empty where it was taken."""

    status: int | None
    head: str | None
    failure: str | None


def tick() -> int:
    """Put as many at work as there are places and merchants to be told; doesn't wait for them. A job."""
    started, places = 0, crew("notifications", settings().NOTIFY_LANES)
    while started < settings().NOTIFY_LANES and lanes.waiting():
        end_reads()
        if not places.start(drain):
            break
        started += 1
    return started


def drain() -> int:
    """Send what is due, one after the other, until nothing is; returns how many attempts were made."""
    made = 0
    while (held := lanes.take()) is not None:
        crash.point("notifications.taken")
        _attempt(held)
        made += 1
    return made


def _attempt(held: Held) -> None:
    began = time.monotonic()
    try:
        outcome = _post(held)
    except Exception as wrong:  # a fault of ours: the schedule goes on, and says so
        session().rollback()
        log.error("notification_broke", kind=type(wrong).__name__)
        outcome = Outcome(None, None, f"BROKEN_HERE:{type(wrong).__name__}")
    crash.point("notifications.sent")
    _note(held, outcome, round((time.monotonic() - began) * 1000))


def _post(held: Held) -> Outcome:
    """One exchange. A merchant that was closed isn't called."""
    merchant = merchants.get(held.notification.merchant_id)
    if merchant.state == "closed":
        return Outcome(None, None, "MERCHANT_CLOSED")
    body = envelope(merchant, held.notification)
    sign = signing.wrong_headers if held.attempt.kind == "probe" else signing.headers
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "xinyi-plus",
               "Request-ID": str(held.attempt.id), **sign(merchant.suite, body, by=merchant.answers_by)}
    try:
        answer = access.merchants().post(held.notification.notify_url, headers, body)
    except NotSent as no:
        return Outcome(None, None, no.failure)
    return Outcome(answer.status, answer.head or None, _failure(answer.status))


def envelope(merchant: Any, told: Notification) -> bytes:
    """The body, the same for ever but for its seal."""
    plain = sealer().open_service(place(told.id), told.resource_sealed)
    return jsons.dumps({
        "id": told.notification_no, "create_time": clock.rfc3339(told.created_at), "event_type": told.event_type,
        "resource_type": "encrypt-resource", "summary": told.summary,
        "resource": sealing.resource(merchant, plain, told.original_type, told.original_type)})


def _failure(status: int) -> str | None:
    if status in TAKEN:
        return None
    return "REDIRECT" if 300 <= status < 400 else "STATUS"


def _note(held: Held, outcome: Outcome, took_ms: int) -> None:
    """All of it in one transaction; whoever lost the lane meanwhile only tells what the attempt came to."""
    SENT.labels(held.attempt.kind, outcome.failure or "taken").inc()
    with transaction() as s:
        s.execute(update(Attempt).where(Attempt.id == held.attempt.id)
                  .values(status=outcome.status, body_head=outcome.head, failure=outcome.failure, duration_ms=took_ms)
                  .execution_options(synchronize_session=False))
        changes: dict[str, Any] = {"slow": took_ms >= SLOW_MS}
        if held.attempt.kind == "probe" and outcome.status is not None:
            changes |= _probed(outcome.failure is None)
        if lanes.let_go(held, **changes):
            s.execute(update(Notification).where(Notification.id == held.notification.id)
                      .values(_next(held, outcome)).execution_options(synchronize_session=False))
        crash.point("notifications.noting")
    crash.point("notifications.noted")


def _probed(taken: bool) -> dict[str, Any]:
    """A merchant who takes a wrong signature is told so until a later probe is refused."""
    return {"probes_sent": Lane.probes_sent + 1, "probes_taken": Lane.probes_taken + int(taken),
            "probe_taken_at": clock.now() if taken else None}


def _next(held: Held, outcome: Outcome) -> dict[str, Any]:
    """What the notification is now."""
    told, moment = held.notification, clock.now()
    if held.attempt.kind == "probe":  # the real one follows at once
        return {"probe": False, "next_at": moment}
    if outcome.failure is None:
        return {"state": "delivered", "delivered_at": told.delivered_at or moment, "next_at": None, "asked_by": None}
    if told.delivered_at is not None:  # sent again by hand, and not taken: it was, though
        return {"state": "delivered", "next_at": None, "asked_by": None}
    failures = told.failures + (held.attempt.kind == "schedule")
    if failures > len(SCHEDULE) or outcome.failure == "MERCHANT_CLOSED":
        return {"state": "undelivered", "failures": failures, "next_at": None, "asked_by": None}
    return {"failures": failures, "next_at": next_try(max(failures, 1), moment), "asked_by": None}


def next_try(failures: int, moment: datetime) -> datetime:
    """When to try again after so many failures (1 to 15)."""
    wait = SCHEDULE[failures - 1]
    return moment + timedelta(seconds=wait * (1 + JITTER * secrets.randbelow(1001) / 1000))
