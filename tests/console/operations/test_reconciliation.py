"""A compared day, its differences, the report as it was signed, and comparing it again under a progress that lasts."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from app.feedback import reconciling, reporting, rerunning, sending
from app.feedback.errors import DayBeingCompared, DayInFuture
from app.gateways.platform.failures import Passing
from app.kernel import clock, progress
from app.kernel.db import transaction
from tests.console.browsing import Visitor, words
from tests.console.operations.conftest import trail
from tests.staff.people import Person

HOME = "/console/operations/reconciliations/"


@pytest.fixture
def compared(app: Flask, used: list[str]) -> str:
    """Today, of which the platform has three records and we one less."""
    with app.app_context():
        sending.work()
        with transaction() as s:
            s.execute(text("DELETE FROM feedbacks WHERE record_no = :no"), {"no": used[0]})
        return str(reconciling.reconcile(clock.today()).day)


def test_a_day_tells_what_differs_and_hands_out_the_signed_report(
        app: Flask, operator: Visitor, person: Person, compared: str, used: list[str], db: psycopg.Connection) -> None:
    """Fails, as tried, where the report's bytes are touched on the way."""
    assert compared in words(operator.get(HOME))
    told = words(operator.get(HOME + compared))
    assert f"{used[0]} 仅平台有" in told
    assert "仅平台有 1 1" in told
    assert "请核对是否由旧备份恢复" in told
    files = {part: operator.get(f"{HOME}{compared}/report.{part}") for part in ("csv", "sig", "pem")}
    assert f"{compared}.csv.sig" in files["sig"].headers["Content-Disposition"]
    with app.app_context():
        assert reporting.verify(files["csv"].data, files["sig"].data)
        assert files["pem"].data == reporting.newest(clock.today()).public_key
    assert trail(db, "staff.exported") == [(f"staff:{person.id}", f"account:{person.id}")]
    assert operator.get(f"{HOME}{compared}/report.exe").status_code == 404


def test_again_is_watched_over_reloads(app: Flask, operator: Visitor, compared: str, within: Any,
                                       db: psycopg.Connection) -> None:
    asked = operator.post(f"{HOME}{compared}/again")
    there = asked.request.path
    assert "/console/account/work/" in there
    assert "刷新" in words(asked), "nobody has begun"
    assert operator.post(f"{HOME}{compared}/again").request.path == there, "asked again it is the same work"
    assert "查看进度" in words(operator.get(HOME + compared))
    assert within(rerunning.run_due) == 1
    done = words(operator.get(there))
    assert "已完成" in done
    assert "平台尚未结清" in done
    assert db.execute("SELECT state, done, total FROM work_progress").fetchone() == ("done", 3, 3)
    assert within(rerunning.run_due) == 0


def test_any_day_may_be_asked_for_but_none_that_has_not_come(operator: Visitor, sandbox: Any, within: Any) -> None:
    later = clock.today() + timedelta(days=1)
    answer = operator.post(f"{HOME}another", {"day": str(later)})
    assert answer.status_code == 422
    assert "还没有到这一天" in words(answer)
    with pytest.raises(DayInFuture):
        within(rerunning.ask, later, "staff:1")
    earlier = clock.today() - timedelta(days=3)
    there = operator.post(f"{HOME}another", {"day": str(earlier)}).request.path
    within(rerunning.run_due)
    assert "一致" in words(operator.get(there))


def test_without_an_answer_it_says_so(operator: Visitor, compared: str, within: Any,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    there = operator.post(f"{HOME}{compared}/again").request.path

    def away(*_: object) -> None:
        raise Passing("NO_ANSWER")

    monkeypatch.setattr(reconciling, "reconcile", away)
    within(rerunning.run_due)
    assert "省平台没有给出有效应答（NO_ANSWER）" in words(operator.get(there))


def test_one_worker_takes_it_and_who_died_is_followed(app: Flask, monkeypatch: pytest.MonkeyPatch, db: Any) -> None:
    """Fails, as tried, where a work that runs is never taken again, and where one that moves is."""
    with app.app_context():
        work = rerunning.ask(clock.today(), "staff:1")
        taken = progress.take(rerunning.KIND, rerunning.AGAIN_AFTER)
        assert taken is not None
        assert (taken.id, taken.state) == (work, "running")
        assert progress.take(rerunning.KIND, rerunning.AGAIN_AFTER) is None, "somebody is at it"
        later = clock.now() + rerunning.AGAIN_AFTER + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        again = progress.take(rerunning.KIND, rerunning.AGAIN_AFTER)
        assert again is not None
        assert again.id == work


def test_a_day_under_way_elsewhere_is_left_to_it(app: Flask, monkeypatch: pytest.MonkeyPatch, db: Any) -> None:
    def busy(*_: object) -> None:
        raise DayBeingCompared

    monkeypatch.setattr(reconciling, "reconcile", busy)
    with app.app_context():
        work = rerunning.ask(clock.today(), "staff:1")
        assert rerunning.run_due() == 0
        found = progress.own("staff:1", work)
        assert found is not None
        assert (found.state, found.told) == ("failed", {"problem": DayBeingCompared.detail})
