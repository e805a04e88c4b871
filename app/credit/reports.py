"""A citizen's own credit report: asked for under a consent of its own, kept sealed for as long as it holds, and handed
out as often as they like meanwhile, each time with a watermark of who and when (platform.md 4.4).
"""

import uuid
from datetime import timedelta

from sqlalchemy import select, update

from app.consent import checking, needs, registering
from app.consent.errors import ConsentRequired
from app.consent.queries import Consent
from app.credit import asking, watermarking
from app.credit.asking import Look
from app.credit.errors import (
    PlatformRefused,
    PlatformUnavailable,
    ReportNotFound,
    ReportsUsedUp,
    ReportUnreadable,
)
from app.credit.models import CreditReport
from app.gateways.access import platform
from app.gateways.platform.answers import ReportAnswer
from app.gateways.platform.failures import Passing, Permanent
from app.identity import names, sealing
from app.identity import queries as citizens
from app.identity.queries import Citizen
from app.kernel import clock, crash
from app.kernel.db import need_transaction, refuse_inside_transaction, session, transaction
from app.kernel.ids import new_id
from app.kernel.settings import settings
from app.scenario.facts import REPORT_SCOPE
from app.trail import queries as looks
from app.trail import writing as trail

COLUMN = "credit.report"


def ask_for(citizen: Citizen) -> CreditReport:
    """Ask the platform, which is a look, and keep what it answers. Not in transactions.

    Raises ConsentRequired, ReportsUsedUp, PlatformUnavailable, PlatformRefused, ReportUnreadable.
    """
    refuse_inside_transaction()
    consent = _consent(citizen.id)
    try:
        registering.ensure_registered(consent.id)
        look, answer = _asked(citizen)
    except Passing as failure:
        raise PlatformUnavailable(retry_after=failure.retry_after_s) from None
    except Permanent:
        raise PlatformRefused from None
    crash.point("credit.report_answered")
    return _keep(citizen.id, look, answer)


def hand_out(citizen: Citizen, report_id: uuid.UUID) -> bytes:
    """The PDF with a watermark: who, when, and the number of this look in the access log.

    Raises ReportNotFound (also somebody else's, or past its time), ReportUnreadable.
    """
    with transaction():
        locked = citizens.lock(citizen.id)
        report = own(citizen.id, report_id)
        if locked is None or report.pdf_sealed is None:
            raise ReportNotFound
        pdf = sealing.open_for(locked, _column(report.id), report.pdf_sealed)
        moment = clock.now()
        look = trail.record(citizen.id, actor="citizen", who="本人", what="report.download", purpose="下载本人信用报告",
                            consent_id=report.consent_id, about=f"credit_report:{report.id}")
        name = names.masked(sealing.name_of(locked) or "")
    return watermarking.mark(pdf, [f"{name} 本人下载", clock.rfc3339(moment), f"No. {look}"]).pdf


def own(citizen_id: uuid.UUID, report_id: uuid.UUID) -> CreditReport:
    """The citizen's report, while it is kept and holds. Raises ReportNotFound."""
    report = session().scalar(select(CreditReport).where(
        CreditReport.id == report_id, CreditReport.citizen_id == citizen_id, CreditReport.dropped_at.is_(None),
        CreditReport.valid_until >= clock.today()).execution_options(populate_existing=True))
    if report is None:
        raise ReportNotFound
    return report


def kept(citizen_id: uuid.UUID) -> list[CreditReport]:
    """What can be downloaded now, newest first: as many as a day's asking makes, times their days."""
    return list(session().scalars(
        select(CreditReport).where(CreditReport.citizen_id == citizen_id, CreditReport.dropped_at.is_(None),
                                   CreditReport.valid_until >= clock.today())
        .order_by(CreditReport.received_at.desc(), CreditReport.id.desc()).limit(100)))


def every_own(citizen_id: uuid.UUID) -> list[CreditReport]:
    """Also those that are gone by now, oldest first."""
    return list(session().scalars(select(CreditReport).where(CreditReport.citizen_id == citizen_id)
                                  .order_by(CreditReport.id)))


def drop_all(citizen_id: uuid.UUID) -> None:
    """The consent has ended: no report stays. In that transaction."""
    need_transaction()
    session().execute(update(CreditReport)
                      .where(CreditReport.citizen_id == citizen_id, CreditReport.dropped_at.is_(None))
                      .values(pdf_sealed=None, dropped_at=clock.now()).execution_options(synchronize_session="fetch"))


def forget() -> int:
    """Job: delete the reports whose last day is over; returns how many."""
    with transaction() as s:
        gone = s.scalars(update(CreditReport)
                         .where(CreditReport.dropped_at.is_(None), CreditReport.valid_until < clock.today())
                         .values(pdf_sealed=None, dropped_at=clock.now()).returning(CreditReport.id)
                         .execution_options(synchronize_session=False)).all()
    return len(gone)


def _consent(citizen_id: uuid.UUID, *, lock: bool = False) -> Consent:
    need = needs.own_report()
    consent = checking.live(citizen_id, need.scope, need.scenario, need.recipient_id, lock=lock)
    if consent is None:
        raise ConsentRequired(scope=REPORT_SCOPE)
    return consent


def _asked(citizen: Citizen) -> tuple[Look, ReportAnswer]:
    """Once; again only where it can't have left, since each attempt is a look."""
    for left in reversed(range(asking.LATE_ATTEMPTS)):
        platform().ready("report")
        look = _begin(citizen.id)
        try:
            return look, asking.called(citizen, look, REPORT_SCOPE, platform().query_report)
        except Passing as failure:
            if failure.code != asking.LATE or not left:
                raise
    raise AssertionError("unreachable")


def _begin(citizen_id: uuid.UUID) -> Look:
    with transaction():
        citizens.lock(citizen_id)
        consent = _consent(citizen_id, lock=True)
        if looks.count_since(citizen_id, "report.query", clock.now() - timedelta(days=1)) >= settings().REPORTS_PER_DAY:
            raise ReportsUsedUp
        look = asking.write_down(consent, "report")
    crash.point("credit.asking_report")
    return look


def _keep(citizen_id: uuid.UUID, look: Look, answer: ReportAnswer) -> CreditReport:
    """Note the answer; keep the PDF where it is one that can be handed out, and only while the consent lives."""
    asking.settle(look.query.id, state="answered", query_no=answer.report_no)
    pages = watermarking.mark(answer.pdf, ["试", "-"]).pages
    if answer.valid_until < clock.today():
        raise ReportUnreadable
    with transaction():
        citizen = citizens.lock(citizen_id)
        if citizen is None or checking.still_live(look.query.consent_id, lock=True) is None:
            raise ConsentRequired(scope=REPORT_SCOPE)
        report = _row(citizen_id, answer.report_no)
        report.consent_id, report.query_id = look.query.consent_id, look.query.id
        report.sha256, report.size, report.pages = answer.sha256, len(answer.pdf), pages
        report.valid_until, report.received_at, report.dropped_at = answer.valid_until, clock.now(), None
        report.pdf_sealed = sealing.seal_for(citizen, _column(report.id), answer.pdf)
        session().add(report)
    return report


def _row(citizen_id: uuid.UUID, report_no: str) -> CreditReport:
    """The platform may give the same report again: then the newer copy stands."""
    found = session().scalar(select(CreditReport).where(
        CreditReport.citizen_id == citizen_id, CreditReport.report_no == report_no))
    return found or CreditReport(id=new_id(), citizen_id=citizen_id, report_no=report_no)


def _column(report_id: uuid.UUID) -> str:
    """Bound to its row, so that one report can't be put in another's place."""
    return f"{COLUMN}|{report_id}"
