"""The table: calls of platform.md 4.1 to 4.8 × faults of sandbox/faults.py × three moments."""

import os
from typing import Any

from app.gateways.platform.pacing import CALLS

PATHS = {
    "identity": ("POST", "/identities/verifications"), "authorization": ("POST", "/authorizations$"),
    "revocation": ("POST", "/authorizations/*/revocation"), "grade": ("POST", "/credit-grades/queries"),
    "report": ("POST", "/credit-reports"), "batch": ("POST", "/benefit-usages/batches"),
    "reconciliation": ("GET", "/benefit-usages/reconciliations"), "red_list": ("PUT", "/red-lists"),
    "red_list_removal": ("DELETE", "/red-lists"), "initiatives": ("GET", "/initiatives"),
    "initiative_response": ("POST", "/initiatives/*/responses"),
    "initiative_feedback": ("POST", "/initiatives/*/feedbacks")}
assert PATHS.keys() == set(CALLS)
OTHER: dict[str, dict[str, Any]] = {  # of each call one member of its answer that it can't be
    "identity": {"result": "perhaps"}, "authorization": {"status": "perhaps"}, "revocation": {"status": "perhaps"},
    "grade": {"grade": "E"}, "report": {"sha256": "0" * 64}, "batch": {"batch_no": "B-other"},
    "reconciliation": {"count": -1}, "red_list": {"status": "perhaps"}, "red_list_removal": {"status": "listed"},
    "initiatives": {"initiatives": [{"initiative_no": ""}]}, "initiative_response": {"status": "perhaps"},
    "initiative_feedback": {"status": "perhaps"}}
EITHER: dict[str, dict[str, Any]] = {  # before or after the call took effect
    "late": {"kind": "latency", "value": 0.6}, "hung up": {"kind": "drop"}, "500": {"kind": "status", "value": 500},
    "502": {"kind": "status", "value": 502}, "504": {"kind": "status", "value": 504},
    "HTML": {"kind": "html"}, "HTML 502": {"kind": "html", "value": 502},
    "INTERNAL": {"kind": "status", "value": "INTERNAL"},
    "RATE_LIMITED": {"kind": "status", "value": {"code": "RATE_LIMITED", "retry_after_s": 1}},
    "MAINTENANCE": {"kind": "status", "value": {"code": "MAINTENANCE", "retry_after_s": 1}}}
AFTER: dict[str, dict[str, Any]] = {  # by their nature only after it
    "taken, then hung up": {"kind": "take_then_drop"}, "truncated": {"kind": "truncate"},
    "cut": {"kind": "truncate", "value": "connection"}, "bad signature": {"kind": "bad_signature"},
    "stale": {"kind": "stale"}, "ahead": {"kind": "stale", "value": -600}, "another nonce": {"kind": "other_nonce"},
    "another request": {"kind": "other_request_id"}, "another answer": {"kind": "patch"}}
ROWS = {f"rows {what}": {"kind": "rows", "value": what} for what in ("shuffle", "repeat", "lose")}
Cell = tuple[str, str, dict[str, Any]]
WHOLE = os.environ.get("PROOF") == "full"
SAMPLE = 29  # every so many, from another place for each call
WORST = "taken, then hung up"  # always among them: who repeats in silence is seen


def cells(call: str) -> list[Cell]:
    """(fault, moment, order) of a call: all of them with PROOF=full."""
    told: list[Cell] = []
    for name, fault in {**EITHER, **AFTER, **(ROWS if call == "batch" else {})}.items():
        order = {**_where(call), **fault}
        if fault["kind"] == "patch":
            order["value"] = OTHER[call]
        told += [(name, "first", {**order, "times": 1}), (name, "during the retry", {**order, "times": 2})]
        if name in EITHER:
            told.append((name, "after it took effect", {**order, "times": 1, "when": "after"}))
    some = told[list(PATHS).index(call) * 5 % SAMPLE::SAMPLE]
    return told if WHOLE else [*some, (WORST, "first", {**AFTER[WORST], **_where(call), "times": 1})]


def _where(call: str) -> dict[str, str]:
    method, path = PATHS[call]
    return {"target": "platform", "method": method, "path": path}
