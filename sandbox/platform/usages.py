"""4.5: batches of usages, taken once each, row by row."""

import json
from hashlib import sha256
from typing import Any

from sandbox import forms
from sandbox.clock import moment
from sandbox.platform.asking import WINDOW_S, Asking
from sandbox.state import Row, canonical
from sandbox.world import Refused, World

MAX_BYTES, MAX_RECORDS = 1_048_576, 500
OLD_S = 30 * 86400
RECORD = {
    "record_no": forms.word(64),
    "authorization_id": forms.word(64),
    "scenario": forms.word(64),
    "benefit": forms.text(128),
    "provider_uscc": forms.uscc,
    "region": forms.REGION,
    "occurred_at": forms.instant,
    "outcome": forms.among(forms.OUTCOMES),
    "waived_fen": forms.whole,
    "paid_fen": forms.whole,
}
MAYBE = {"initiative_no": forms.word(64), "corrects": forms.word(64)}


def take_batch(asking: Asking) -> tuple[int, dict[str, Any]]:
    """One row for each record, in the request's order; the same bytes again give the same batch receipt."""
    if len(asking.request.body) > MAX_BYTES:
        raise Refused("BAD_REQUEST", "over 1,048,576 bytes")
    body = forms.take(asking.body(), {"batch_no": forms.word(64), "records": lambda value: isinstance(value, list)})
    if not 1 <= len(body["records"]) <= MAX_RECORDS:
        raise forms.BadForm("1 to 500 records")
    for record in body["records"]:
        _check_shape(record)
    world = asking.world
    receipt = _receipt_of(asking, body["batch_no"])
    results = [_settle(asking, body["batch_no"], record) for record in body["records"]]
    return 200, {
        "batch_no": body["batch_no"],
        "receipt_no": receipt or _keep_batch(world, asking, body["batch_no"]),
        "results": results,
    }


def _check_shape(record: Any) -> None:
    """What cannot be answered by a row refuses the batch: no object, no record_no, unknown names, null."""
    if not isinstance(record, dict) or not RECORD["record_no"](record.get("record_no")):
        raise forms.BadForm("record_no")
    for name, value in record.items():
        if name not in RECORD and name not in MAYBE:
            raise forms.BadForm(f"unknown field {name[:64]}")
        if value is None:
            raise forms.BadForm(f"{name} is null")


def _receipt_of(asking: Asking, batch_no: str) -> str | None:
    known = asking.world.state.one("select * from batches where batch_no = ?", batch_no)
    if known is None:
        return None
    if known["digest"] != sha256(asking.request.body).hexdigest():
        raise Refused("BATCH_NO_REUSED", "the same batch_no with other bytes")
    return str(known["receipt_no"])


def _keep_batch(world: World, asking: Asking, batch_no: str) -> str:
    receipt = world.state.number("batches", "BR")
    world.state.insert(
        "batches",
        {
            "batch_no": batch_no,
            "receipt_no": receipt,
            "at": world.clock.precise(),
            "digest": sha256(asking.request.body).hexdigest(),
        },
    )
    return receipt


def _settle(asking: Asking, batch_no: str, record: dict[str, Any]) -> dict[str, Any]:
    """Accepted, a duplicate with the first receipt, or rejected; what was said once is said again."""
    state = asking.world.state
    text = canonical(record).decode()
    known = state.one("select status, reason, receipt_no, body from records where record_no = ?", record["record_no"])
    if known:
        if known["body"] != text:
            asking.notes.append(("RECORD_CHANGED", "the same record_no with other content"))
        if known["status"] == "rejected":
            return _row(record, "rejected", reason=known["reason"])
        return _row(record, "duplicate", receipt_no=known["receipt_no"])
    reason, person = judge(asking.world, record)
    receipt = None if reason else state.number("receipts", "UR")
    _keep(
        asking,
        batch_no,
        record,
        {
            "status": "rejected" if reason else "accepted",
            "reason": reason,
            "receipt_no": receipt,
            "person": person,
            "body": text,
        },
    )
    return _row(record, "rejected", reason=reason) if reason else _row(record, "accepted", receipt_no=receipt)


def _row(record: dict[str, Any], status: str, **said: Any) -> dict[str, Any]:
    return {"record_no": record["record_no"], "status": status, **said}


def _keep(asking: Asking, batch_no: str, record: dict[str, Any], settled: Row) -> None:
    clock, waived = asking.world.clock, record.get("waived_fen")
    asking.world.state.insert(
        "records",
        {
            "record_no": record["record_no"],
            "batch_no": batch_no,
            **settled,
            "day": clock.today().isoformat(),
            "at": clock.precise(),
            "waived_fen": waived if forms.whole(waived) else 0,
        },
    )


def judge(world: World, record: dict[str, Any]) -> tuple[str | None, str | None]:
    """Why a new record is rejected (None: it is not), and whose usage it is, where that is known."""
    for name, fits in {**RECORD, **MAYBE}.items():
        if (name in record or name in RECORD) and not fits(record.get(name)):
            return f"FIELD_INVALID:{name}", None
    paper = world.state.one(
        "select scopes, scenarios, person from authorizations where id = ?", record["authorization_id"]
    )
    if paper is None or "usage.report" not in json.loads(paper["scopes"]):
        return "AUTHORIZATION_NOT_FOUND", paper["person"] if paper else None
    return _judge_rest(world, record, json.loads(paper["scenarios"])), paper["person"]


def _judge_rest(world: World, record: dict[str, Any], scenarios: list[str]) -> str | None:
    if record["scenario"] not in scenarios:
        return "SCENARIO_UNKNOWN"
    provider = world.state.one("select known from providers where uscc = ?", record["provider_uscc"])
    if provider and not provider["known"]:
        return "PROVIDER_UNKNOWN"
    age = world.clock.now() - moment(record["occurred_at"])
    if age < -WINDOW_S:
        return "OCCURRED_IN_FUTURE"
    if age > OLD_S:
        return "TOO_OLD"
    for name, table, column in (
        ("initiative_no", "initiatives", "initiative_no"),
        ("corrects", "records", "record_no"),
    ):
        if name in record and not world.state.one(f"select 1 from {table} where {column} = ?", record[name]):  # noqa: S608
            return f"FIELD_INVALID:{name}"
    return None
