"""The connection with the platform: what is broken, held back or off is named, in words; keys are ids only.

Fails, as tried, where open breakers aren't counted, and where failed looks count as answered.
"""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.credit import queries
from app.credit.models import CreditQuery
from app.gateways import health
from app.gateways.access import platform
from app.gateways.health import Breaker, ClockAlarm, Hold
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from tests.benefits import ground
from tests.console.browsing import Visitor, words

PAGE = "/console/operations/platform/"


def test_what_is_broken_held_or_off_is_named(app: Flask, operator: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(health, "shared", lambda: (
        [Breaker("platform", "grade", "open", 5, 12.0, now, "NO_ANSWER"),
         Breaker("platform", "batch", "closed", 0, 0.0, None, None)],
        [Hold("platform", "*", "MAINTENANCE", now + timedelta(hours=1))], ClockAlarm(612, now)))
    told = words(operator.get(PAGE))
    assert "断开或试探中的接口 1" in told
    assert "信用等级（grade） 已断开 5" in told
    assert "没有应答（NO_ANSWER）" in told
    assert "全部接口 平台维护（MAINTENANCE）" in told
    assert "本系统时钟比省平台慢 612 秒" in told
    assert "时钟告警" in words(operator.get("/console/operations/"))


def test_keys_are_ids_and_nothing_more(app: Flask, operator: Visitor) -> None:
    with app.app_context():
        keys = platform().keys()
    page = operator.get(PAGE)
    assert keys.client_key_id in page.text
    assert keys.data_key_id in page.text
    for secret in (*keys.data_keys.values(), "PRIVATE"):
        assert (secret.hex() if isinstance(secret, bytes) else str(secret)) not in page.text


def test_looks_are_counted_by_day_and_why_they_failed(app: Flask, operator: Visitor, db: psycopg.Connection) -> None:
    with app.app_context():
        ground.ready(1, ground.offer())
        first = session().query(CreditQuery).one()
        same: dict[str, Any] = {name: getattr(first, name) for name in (
            "citizen_id", "consent_id", "authorization_id", "scenario", "purpose")}
        with transaction() as s:
            for kind, state, code in (("grade", "failed", "NO_ANSWER"), ("grade", "failed", "SUBJECT_NOT_FOUND"),
                                      ("grade", "failed", "NO_ANSWER"), ("report", "asking", None)):
                s.add(CreditQuery(id=new_id(), kind=kind, state=state, failure=code, **same))
        assert queries.looks_per_day("grade", 3)[-1] == (clock.today(), 1, 3)
        assert [row[1:] for row in queries.looks_per_day("report", 2)] == [(0, 0), (0, 0)], "nobody knows yet"
        assert queries.failures("grade", 3) == {"NO_ANSWER": 2, "SUBJECT_NOT_FOUND": 1}
    told = words(operator.get(PAGE))
    assert "信用等级 没有应答（NO_ANSWER） 2" in told
    assert f"{clock.today():%m-%d} 1 3" in told
