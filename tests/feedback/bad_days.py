"""The sandbox's faults on one call: on the first attempt, on the retry too, and after the call took effect."""

import os
from typing import Any

import psycopg

from app.kernel import redis
from app.outbox import sending as outbox

FAULTS: dict[str, dict[str, Any]] = {
    "latency": {"kind": "latency", "value": 150},
    "hung up": {"kind": "drop"},
    "taken, then hung up": {"kind": "take_then_drop"},
    "502": {"kind": "status", "value": 502},
    "INTERNAL": {"kind": "status", "value": "INTERNAL"},
    "RATE_LIMITED": {"kind": "status", "value": {"code": "RATE_LIMITED", "retry_after_s": 1}},
    "MAINTENANCE": {"kind": "status", "value": {"code": "MAINTENANCE", "retry_after_s": 1}},
    "HTML": {"kind": "html"},
    "truncated": {"kind": "truncate"},
    "cut": {"kind": "truncate", "value": "connection"},
    "bad signature": {"kind": "bad_signature"},
    "stale": {"kind": "stale"},
    "another nonce": {"kind": "other_nonce"},
    "another request": {"kind": "other_request_id"},
}
AFTER = ("hung up", "502", "HTML")  # those that may befall a call after it took effect, too
WHOLE = os.environ.get("PROOF") == "full"
ONCE, AGAIN = (FAULTS, FAULTS) if WHOLE else (("taken, then hung up", "HTML", "truncated", "stale", "MAINTENANCE"),
                                              ("502", "bad signature"))
ROUNDS = [(name, {"times": 1}) for name in ONCE] + [(name, {"times": 2}) for name in AGAIN] + [
    (name, {"times": 1, "when": "after"}) for name in AFTER]
"""Some of all, unless PROOF=full (`make proof-days`)."""


def order(sandbox: Any, path: str, method: str, fault: tuple[str, dict[str, Any]]) -> None:
    name, more = fault
    sandbox.control("POST", "/faults", {"target": "platform", "path": path, "method": method, **FAULTS[name], **more})


def no_hold() -> None:
    """Windows that the platform announced have passed."""
    for key in redis.client().scan_iter("platform:pace:*"):
        redis.client().delete(key)


def drain(db: psycopg.Connection, topic: str, most: int = 5) -> list[str]:
    """Send what is owed of a topic, every wait cut short, until nothing waits; the states of its messages."""
    for _ in range(most):
        no_hold()
        db.execute("UPDATE outbox SET next_at = now() - interval '1 second' WHERE state = 'pending'")
        outbox.drain()
        if not db.execute("SELECT 1 FROM outbox WHERE topic = %s AND state = 'pending'", [topic]).fetchone():
            break
    return [row[0] for row in db.execute("SELECT state FROM outbox WHERE topic = %s ORDER BY id", [topic])]
