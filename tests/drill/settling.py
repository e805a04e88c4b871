"""After the last blow: everything that is owed arrives by itself; only the longest back-offs are cut short."""

import time
from typing import Any

from tests.drill.province import Province

SECONDS, HURRY_S = 420.0, 20.0
OPEN = {
    "messages": "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')",
    "batches": "SELECT count(*) FROM feedback_batches WHERE state IN ('ready', 'sending')",
    "records": "SELECT count(*) FROM feedbacks WHERE state = 'sent'",
    "looks": "SELECT count(*) FROM credit_queries WHERE state = 'asking'",
    "notifications": "SELECT count(*) FROM notifications WHERE state = 'pending'",
    "trail": "SELECT count(*) FROM trail_entries WHERE block_no IS NULL",
}
LONG = "next_at > now() + interval '10 seconds'"
HURRY = (f"UPDATE outbox SET next_at = now() WHERE state = 'pending' AND {LONG}",  # noqa: S608
         f"UPDATE feedback_batches SET next_at = now() WHERE state = 'ready' AND {LONG}",  # noqa: S608
         f"UPDATE notifications SET next_at = now() WHERE state = 'pending' AND {LONG}")  # noqa: S608


def settle(p: Province) -> tuple[float, dict[str, int]]:
    """(seconds that it took, what was still open then: empty where all settled)."""
    began = hurried = time.monotonic()
    while (left := still_open(p)) and time.monotonic() - began < SECONDS:
        if time.monotonic() - hurried > HURRY_S:
            hurried = time.monotonic()
            for wait in HURRY:
                p.sql(wait)
        time.sleep(0.5)
    return time.monotonic() - began, left


def still_open(p: Province) -> dict[str, int]:
    """What is owed to somebody, by kind."""
    left = {name: int(p.sql(query)[0][0]) for name, query in OPEN.items()}
    left["events"] = sum(event["status"] in ("new", "waiting") for event in events(p))
    return {name: count for name, count in left.items() if count}


def events(p: Province) -> list[dict[str, Any]]:
    return list(p.sandbox.control("GET", "/platform/events")["items"])


def retries(p: Province) -> dict[str, tuple[int, int]]:
    """Of each kind of call (attempts, how many would have done)."""
    rows = p.sql("SELECT topic, sum(attempts), count(*) FROM outbox WHERE topic <> 'usage'"
                 " GROUP BY topic ORDER BY topic")
    told = {str(topic): (int(attempts), int(count)) for topic, attempts, count in rows}
    batches = p.sql("SELECT coalesce(sum(attempts), 0), count(*) FROM feedback_batches")[0]
    looks = p.sql("SELECT count(*), count(*) FILTER (WHERE state = 'answered') FROM credit_queries")[0]
    return {**told, "usage batches": (int(batches[0]), int(batches[1])), "looks": (int(looks[0]), int(looks[1]))}
