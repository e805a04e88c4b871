"""Whether we are alive, whether all our parts are, and the figures for Prometheus."""

from typing import Any

import redis as redis_errors
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Response, current_app
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest, multiprocess
from prometheus_client import REGISTRY as OWN
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.gateways import health as gateways
from app.kernel import clock, jsons
from app.kernel.db import db, session
from app.kernel.guarding import public
from app.kernel.http import Door
from app.kernel.redis import client
from app.merchants import keeping_nonces
from app.outbox import sending

door = Door("health", __name__, description="Alive, ready, measured")
DURABLE = {"fsync": {"on"}, "full_page_writes": {"on"}, "data_checksums": {"on"},
           "synchronous_commit": {"on", "remote_write", "remote_apply"}}
PARTS = {"type": "object", "required": ["status", "parts"], "properties": {
    "status": {"enum": ["ready", "not_ready"]},
    "parts": {"type": "object", "additionalProperties": {
        "type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}}}}
LAG = Gauge("xinyi_outbox_lag_seconds", "Age of the oldest due message.", multiprocess_mode="mostrecent")


@door.get("/healthz")
@public
@door.doc(summary="Alive", responses={200: {"description": "This process answers.", "content": {"application/json": {
    "schema": {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}}}}}})
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@door.get("/readyz")
@public
@door.doc(summary="Ready, part by part",
          responses={200: {"description": "Every part works.", "content": {"application/json": {"schema": PARTS}}},
                     503: {"description": "A part doesn't; it is named.",
                           "content": {"application/json": {"schema": PARTS}}}})
def readyz() -> ResponseReturnValue:
    parts = {"database": _database(), "redis": _redis(), "migrations": _migrations(), "outbox": _outbox(),
             "gateways": _gateways()}
    ready = all(part["ok"] for part in parts.values())
    body = jsons.dumps({"status": "ready" if ready else "not_ready", "parts": parts})
    return Response(body, 200 if ready else 503, content_type="application/json")


@door.get("/metrics")
@public
@door.doc(summary="Prometheus", responses={200: {"description": "Text exposition.", "content": {
    "text/plain": {"schema": {"type": "string"}}}}})
def metrics() -> ResponseReturnValue:
    gateways.measure_now()
    registry = OWN
    if current_app.config["PROMETHEUS_MULTIPROC_DIR"]:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry, path=current_app.config["PROMETHEUS_MULTIPROC_DIR"])
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> dict[str, Any]:
    """The settings without which an acknowledged commit can be lost (promises.md, rule 3)."""
    try:
        rows = session().execute(text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"),
                                 {"names": list(DURABLE)}).all()
    except SQLAlchemyError as wrong:
        session().rollback()
        return {"ok": False, "problem": type(wrong).__name__}
    unsafe = {name: value for name, value in rows if value not in DURABLE[name]}
    return {"ok": not unsafe, "settings": {name: str(value) for name, value in rows}}


def _redis() -> dict[str, Any]:
    try:
        client().ping()
        keeping_nonces.begin()
        policy = client().config_get("maxmemory-policy").get("maxmemory-policy")
    except (redis_errors.RedisError, SQLAlchemyError) as wrong:
        return {"ok": False, "problem": type(wrong).__name__}
    return {"ok": policy == "noeviction", "maxmemory_policy": policy}


def _migrations() -> dict[str, Any]:
    head = ScriptDirectory(current_app.root_path + "/../migrations").get_current_head()
    try:
        with db.engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as wrong:
        return {"ok": False, "problem": type(wrong).__name__}
    return {"ok": at == head, "at": at, "head": head}


def _outbox() -> dict[str, Any]:
    try:
        lag = sending.lag_seconds()
    except SQLAlchemyError as wrong:
        session().rollback()
        return {"ok": False, "problem": type(wrong).__name__}
    LAG.set(lag)
    return {"ok": lag <= current_app.config["OUTBOX_LAG_SECONDS"], "lag_seconds": round(lag, 1)}


def _gateways() -> dict[str, Any]:
    """What each call came to last in this process. Their bad days are told, and don't make us unready."""
    last = {f"{name}.{call}": {"at": clock.rfc3339(one.when), "outcome": one.outcome}
            for name in ("platform", "wechat") for call, one in gateways.last(name).items()}
    breakers, holds, alarm = gateways.shared()
    return {"ok": True, "last": last, "clock_skew_seconds": alarm.seconds if alarm else None,
            "alarms": gateways.alarms_with(alarm),
            "not_closed": {one.call: {"state": one.state, "retry_in_seconds": one.retry_in_s, "code": one.code}
                           for one in breakers if one.state != "closed"},
            "held": {one.call: {"code": one.code, "until": clock.rfc3339(one.until)} for one in holds}}
