"""Feedback: 20,000 usages that are owed become batches and are settled; the floor posts the like, ready-made."""

import http.client
import json
import subprocess
import sys
import time
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Flask, current_app
from sqlalchemy import text

import config
from app.consent import checking, registering
from app.factory import create_app
from app.feedback import batching, sending
from app.gateways.platform import wire
from app.gateways.platform.keys import load_keys
from app.kernel.db import session, transaction
from bench.calling import send
from bench.measuring import rss_mb
from bench.people import Cast, Citizen
from bench.standing import Standing
from bench.way import Way
from supervisor.places import ROOT

STEPS = 10
COPIES = """
WITH made AS (
  INSERT INTO usages SELECT (jsonb_populate_record(CAST(NULL AS usages), to_jsonb(old) || jsonb_build_object(
      'id', new.id, 'usage_no', 'U' || replace(new.id::text, '-', ''), 'ordinal', new.place))).*
  FROM (SELECT * FROM usages WHERE ordinal = 1 AND citizen_id = :citizen LIMIT 1) old,
       (SELECT gen_random_uuid() id, place
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) place) new
  RETURNING id, usage_no)
INSERT INTO outbox (topic, key, payload, state, attempts, next_at, created_at)
SELECT 'usage', usage_no, jsonb_build_object('usage_id', id), 'pending', 0, now(), now() FROM made
"""


@dataclass(frozen=True)
class Side:
    """What it took to send all: seconds, CPU milliseconds of the sender, its RSS after each tenth."""

    seconds: float
    cpu_ms: float
    rss_mb: list[float]


def measure(standing: Standing, app: Flask, cast: Cast, people: list[dict[str, Any]], usages: int) -> tuple[Side, Side]:
    """Ours and the floor's, each in a process of its own, over as many usages of their own."""
    with app.app_context(), transaction() as s:  # what the rounds before owe under consents that nobody registered
        s.execute(text("UPDATE outbox SET next_at = 'infinity' WHERE state = 'pending'"))
    citizen = _a_first_use(standing, app, cast, people)
    with app.app_context():
        sending.work()
        _owe(citizen, 2, usages)
        ours = _in_process(standing, "ours", usages)
        states = _states(citizen)
        assert states == {"accepted": usages + 1}, f"not every usage was accepted: {states}"
        _owe(citizen, usages + 2, usages)
        while batching.make(current_app.config["FEEDBACK_BATCH"]):
            pass
        session().rollback()
        return ours, _in_process(standing, "floor", usages)


def _a_first_use(standing: Standing, app: Flask, cast: Cast, people: list[dict[str, Any]]) -> uuid.UUID:
    """Liu, whom the sandbox knows, goes the whole way once, so that the platform knows the authorisation."""
    liu = next(person for person in people if person["key"] == "liu")
    web, sandbox = standing.url("web"), f"http://127.0.0.1:{standing.env['SANDBOX_PORT']}"
    code = requests.post(f"{sandbox}/_control/wechat/codes", json={"person": "liu"}, timeout=10).json()["js_code"]
    login = requests.post(f"{web}/api/v1/sessions", json={"js_code": code}, timeout=10).json()
    head = {"Authorization": f"Bearer {login['access_token']}"}
    requests.put(f"{web}/api/v1/me/identity", json={name: liu[name] for name in ("name", "id_number")}, headers=head,
                 timeout=10).raise_for_status()
    offer = requests.get(f"{web}/api/v1/offers/{cast.offer_id}", timeout=10).json()
    for need in offer["needs"]["consents"]:
        told = {"offer_id": cast.offer_id, **{name: need[name] for name in ("scope", "text_version", "text_digest")}}
        requests.post(f"{web}/api/v1/consents", json=told, headers=head, timeout=10).raise_for_status()
    way = Way(replace(cast, citizens=[Citizen(login["access_token"])]), 1)
    for stage in ("claim", "show", "redeem"):
        way.took(stage, send(web, way.calls(stage), 1))
    citizen_id = uuid.UUID(login["citizen"]["id"])
    with app.app_context():
        consent = checking.any_live(citizen_id, "usage.report")
        assert consent
        registering.ensure_registered(consent.id)
    return citizen_id


def _owe(citizen_id: uuid.UUID, first: int, count: int) -> None:
    """That many more usages like the first one, each with its message."""
    with transaction() as s:
        s.execute(text("SET LOCAL statement_timeout = 0"))
        s.execute(text(COPIES), {"citizen": citizen_id, "first": first, "last": first + count - 1})
    with current_app.extensions["sqlalchemy"].engine.connect().execution_options(
            isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _states(citizen_id: uuid.UUID) -> dict[str, int]:
    """How many of the citizen's usages stand how with the platform."""
    told = text("SELECT coalesce(f.state, 'owed'), count(*) FROM usages u LEFT JOIN feedbacks f ON u.id = f.usage_id"
                " WHERE u.citizen_id = :citizen GROUP BY 1")
    found = {str(state): int(count) for state, count in session().execute(told, {"citizen": citizen_id})}
    session().rollback()
    return found


def _in_process(standing: Standing, side: str, usages: int) -> Side:
    done = subprocess.run([sys.executable, "-m", "bench.draining", side, str(usages)], env=standing.env, cwd=ROOT,
                          stdout=subprocess.PIPE, text=True, check=True)
    return Side(**json.loads(done.stdout.splitlines()[-1]))


# -- in the process that sends -------------------------------------------------------------------------------


def _ours(usages: int) -> Side:
    app = create_app(config.load())
    with app.app_context():
        step = max(1, usages // current_app.config["FEEDBACK_BATCH"] // STEPS)
        memory, began, cpu = [], time.monotonic(), time.process_time()
        while sending.work(step):
            memory.append(rss_mb(0))
        return Side(time.monotonic() - began, (time.process_time() - cpu) * 1000, memory)


def _floor(_: int) -> Side:
    """Signs and posts each body and reads the answer; no database, no checks."""
    settings = config.load()
    keys = load_keys(settings.PLATFORM_KEYS_DIR, settings.PLATFORM_SUITE)
    signer = wire.Signer(settings.PLATFORM_APP_ID, keys.suite, keys.client_key_id, keys.client_private)
    with create_app(settings).app_context():
        ready = list(session().scalars(text("SELECT body FROM feedback_batches WHERE state = 'ready'")))
    where = urlsplit(settings.PLATFORM_BASE_URL)
    target = f"{where.path}/benefit-usages/batches"
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    began, cpu = time.monotonic(), time.process_time()
    for body in ready:
        head = wire.request_headers(signer, "POST", target, body, wire.new_nonce(), int(time.time()), str(uuid.uuid4()))
        connection.request("POST", target, body, {**head, "Content-Type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200, told
        assert all(row["status"] == "accepted" for row in told["results"])
    return Side(time.monotonic() - began, (time.process_time() - cpu) * 1000, [])


if __name__ == "__main__":
    sides = {"ours": _ours, "floor": _floor}
    print(json.dumps(asdict(sides[sys.argv[1]](int(sys.argv[2])))))
