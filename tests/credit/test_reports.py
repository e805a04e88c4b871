"""One's own credit report: asked for under its own consent, sealed, watermarked at each download, gone in time.

Breaks that were tried, each fails here: the consent not looked at in `_begin`; the citizen left out of `own`; the day
compared by UTC; the hook at the end of a consent left out; the PDF kept in clear; the digest not compared; the trail
left out of `hand_out`.
"""

import io
import threading
from datetime import UTC, timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from app.consent import granting, needs, withdrawing
from app.consent.errors import ConsentRequired
from app.credit import asking, reports
from app.credit.errors import (
    PlatformRefused,
    PlatformUnavailable,
    ReportNotFound,
    ReportsUsedUp,
    ReportUnreadable,
)
from app.credit.models import CreditReport
from app.identity import erasing, exporting
from app.kernel import clock
from app.kernel.db import session
from app.kernel.settings import settings
from tests import cast
from tests.consent import ground


@pytest.fixture
def agreed(lin: Any) -> Any:
    """Lin, who has agreed to asking for the own report."""
    agree(lin)
    return lin


def agree(who: Any) -> Any:
    need = needs.own_report()
    return granting.grant(who, need, need.text_version, need.text_digest)


def texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def fault(world: Any, kind: str, **more: Any) -> None:
    world.control("POST", "/faults", {"target": "platform", "path": "/credit-reports", "kind": kind, **more})


def asked(world: Any) -> list[str]:
    told = world.control("GET", "/platform/queries")
    return [each["kind"] for each in told["items"] + told["refused"]]


def kept(db: Any) -> list[Any]:
    return [row[0] for row in db.execute("SELECT pdf_sealed FROM credit_reports ORDER BY id")]


def test_no_look_without_its_own_consent(lin: Any, world: Any, db: Any) -> None:
    """A consent to reading the grade is none to reading the report."""
    ground.registered(lin)
    with pytest.raises(ConsentRequired):
        reports.ask_for(lin)
    assert asked(world) == []
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,)


def test_no_look_once_it_was_withdrawn_on_the_way(agreed: Any, world: Any, db: Any,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first look at the consent and the writing down of the look."""
    def meanwhile(consent_id: Any) -> None:
        withdrawing.withdraw(agreed, consent_id)

    monkeypatch.setattr(reports.registering, "ensure_registered", meanwhile)
    with pytest.raises(ConsentRequired):
        reports.ask_for(agreed)
    assert asked(world) == []
    assert db.execute("SELECT count(*) FROM credit_queries").fetchone() == (0,)


def test_it_is_kept_sealed_and_seen(agreed: Any, world: Any, db: Any) -> None:
    report = reports.ask_for(agreed)
    assert asked(world) == ["report"]
    assert world.control("GET", "/platform/breaches")["items"] == []
    [sealed] = kept(db)
    assert b"%PDF" not in sealed
    assert (report.pages, len(report.sha256)) == (1, 64)
    query = db.execute("SELECT kind, state, query_no, consent_id FROM credit_queries").fetchone()
    assert query == ("report", "answered", report.report_no, report.consent_id)
    look = db.execute("SELECT what, consent_id FROM trail_entries WHERE what = 'report.query'").fetchone()
    assert look == ("report.query", report.consent_id)
    [told] = world.control("GET", "/platform/authorizations")["items"]
    assert told["scopes"] == ["report.read"]


def test_each_download_bears_who_and_when(agreed: Any, db: Any) -> None:
    """And its own number in the access log."""
    report = reports.ask_for(agreed)
    first, second = reports.hand_out(agreed, report.id), reports.hand_out(agreed, report.id)
    looks = [str(row[0]) for row in
             db.execute("SELECT id FROM trail_entries WHERE what = 'report.download' ORDER BY at, id")]
    assert len(looks) == 2
    for pdf, look in zip((first, second), looks, strict=True):
        [page] = texts(pdf)
        assert "公共信用信息报告" in page
        assert f"No. {look}" in page
        assert "林** 本人下载" in page
        assert clock.today().isoformat() in page
        assert cast.LIN.name not in page


def test_only_ones_own(agreed: Any) -> None:
    wu, report = ground.citizen(cast.WU), reports.ask_for(agreed)
    for who, which in ((wu, report.id), (agreed, wu.id)):
        with pytest.raises(ReportNotFound):
            reports.own(who.id, which)
        with pytest.raises(ReportNotFound):
            reports.hand_out(who, which)
    assert reports.kept(wu.id) == []


def test_it_goes_with_its_last_day_in_shanghai(agreed: Any, db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = reports.ask_for(agreed)
    end = clock.day_end(report.valid_until).astimezone(UTC)  # as the clock tells it
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(seconds=1))
    assert reports.forget() == 0
    assert reports.own(agreed.id, report.id).id == report.id
    monkeypatch.setattr(clock, "now", lambda: end)
    with pytest.raises(ReportNotFound):
        reports.hand_out(agreed, report.id)
    assert reports.kept(agreed.id) == []
    assert reports.forget() == 1
    assert kept(db) == [None]


def test_it_goes_with_the_consent(agreed: Any, db: Any) -> None:
    """In the withdrawal's own transaction; another consent's end leaves it alone."""
    other = ground.registered(agreed)
    report = reports.ask_for(agreed)
    withdrawing.withdraw(agreed, other.id)
    assert kept(db) != [None]
    withdrawing.withdraw(agreed, report.consent_id)
    assert kept(db) == [None]
    with pytest.raises(ReportNotFound):
        reports.hand_out(agreed, report.id)
    with pytest.raises(ConsentRequired):
        reports.ask_for(agreed)


def test_it_goes_with_its_citizen_and_is_in_the_export(agreed: Any, db: Any) -> None:
    report = reports.ask_for(agreed)
    [told] = exporting.export(agreed)["credit"]["reports"]
    assert (told["report_no"], told["kept"], told["sha256"]) == (report.report_no, True, report.sha256)
    erasing.erase(agreed.id)
    assert kept(db) == [None]


def test_an_answer_after_the_withdrawal_is_not_kept(app: Any, agreed: Any, world: Any, db: Any) -> None:
    consent = agree(agreed)
    fault(world, "latency", value=1.0, times=1)
    caught: list[str] = []

    def run() -> None:
        try:
            reports.ask_for(ground.again(agreed))
        except ConsentRequired as no:
            caught.append(no.code)

    asker = threading.Thread(target=ground.in_context(app, run))
    asker.start()
    while not db.execute("SELECT 1 FROM credit_queries").fetchone():
        pass
    withdrawing.withdraw(agreed, consent.id)
    asker.join()
    assert caught == ["CONSENT_REQUIRED"]
    assert kept(db) in ([], [None])


@pytest.mark.parametrize(("kind", "more"), [
    ("drop", {}), ("take_then_drop", {}), ("html", {"value": 502}), ("truncate", {}), ("bad_signature", {}),
    ("stale", {}), ("status", {"value": "INTERNAL"}), ("patch", {"value": {"sha256": "0" * 64}}),
    ("patch", {"value": {"valid_until": None}}), ("patch", {"value": {"pdf": "in clear"}})])
def test_bad_days(agreed: Any, world: Any, db: Any, kind: str, more: Any) -> None:
    """Nothing is kept, one look was made and is seen, and the ordinary way is named."""
    fault(world, kind, times=1, **more)
    with pytest.raises(PlatformUnavailable):
        reports.ask_for(agreed)
    assert kept(db) == []
    assert db.execute("SELECT kind, state FROM credit_queries").fetchall() == [("report", "failed")]
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'report.query'").fetchone() == (1,)


def test_what_the_platform_will_not_do(agreed: Any, world: Any, db: Any) -> None:
    """Nor is it asked again under the same consent; under another one it is."""
    fault(world, "status", value="SCOPE_DENIED", times=1)
    for _ in range(2):
        with pytest.raises(PlatformRefused):
            reports.ask_for(agreed)
    assert db.execute("SELECT failure FROM credit_queries").fetchall() == [("SCOPE_DENIED",)]
    withdrawing.withdraw(agreed, db.execute("SELECT consent_id FROM credit_queries").fetchone()[0])
    agree(agreed)
    fault(world, "status", value="AUTHORIZATION_REVOKED", times=1)
    with pytest.raises(ConsentRequired):
        reports.ask_for(agreed)


def test_what_is_over_already_is_not_handed_out(agreed: Any, world: Any, db: Any) -> None:
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    fault(world, "patch", value={"valid_until": yesterday}, times=1)
    with pytest.raises(ReportUnreadable):
        reports.ask_for(agreed)
    assert kept(db) == []


def test_so_many_a_day(agreed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each attempt counts, failed ones too, since each was a look."""
    monkeypatch.setitem(settings()._values, "REPORTS_PER_DAY", 2)
    reports.ask_for(agreed)
    reports.ask_for(agreed)
    with pytest.raises(ReportsUsedUp):
        reports.ask_for(agreed)
    later = clock.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert len(session().query(CreditReport).all()) == 2


def test_what_cannot_leave_in_time_is_asked_once_more(agreed: Any, world: Any, db: Any) -> None:
    with ground.changed(asking, "LEAVES_WITHIN_S", -1.0), pytest.raises(PlatformUnavailable):
        reports.ask_for(agreed)
    assert asked(world) == []
    assert db.execute("SELECT failure FROM credit_queries").fetchall() == [("LATE",)] * asking.LATE_ATTEMPTS


def test_over_http(client: Any, world: Any) -> None:
    lin, wu = cast.verified(client, world, cast.LIN), cast.verified(client, world, cast.WU)
    mine = "/api/v1/me/credit-reports"
    refused = lin.post(mine, key="k-0")
    assert (refused.status_code, refused.json["code"]) == (403, "CONSENT_REQUIRED")
    need = lin.get(f"{mine}/consent").json
    assert need["scope"] == "report.read"
    wrong = lin.post(f"{mine}/consent", {"text_version": need["text_version"], "text_digest": "0" * 64})
    assert (wrong.status_code, wrong.json["code"]) == (409, "CONSENT_TEXT_CHANGED")
    given = lin.post(f"{mine}/consent", {name: need[name] for name in ("text_version", "text_digest")})
    assert given.status_code == 201, given.text
    made = lin.post(mine, key="k-1")
    assert made.status_code == 201, made.text
    assert lin.post(mine, key="k-1").json == made.json, "the same key, the same look"
    assert len(asked(world)) == 1
    assert lin.get(mine).json["items"] == [made.json]
    report = f"{mine}/{made.json['id']}"
    assert lin.get(report).json == made.json
    file = lin.get(f"{report}/file")
    assert (file.status_code, file.content_type) == (200, "application/pdf")
    assert file.headers["Cache-Control"] == "no-store"
    assert "林** 本人下载" in texts(file.data)[0]
    assert wu.get(f"{report}/file").status_code == 404
    whats = [each["what"] for each in lin.get("/api/v1/me/access-log").json["items"]]
    assert {"report.query", "report.download"} <= set(whats)
    assert lin.post(f"/api/v1/consents/{given.json['id']}/withdrawal").status_code == 200
    assert lin.get(f"{report}/file").status_code == 404
