"""Correct and resend: a record that the platform rejected is put right by a new one that names it.

Staff may put right where, when and how much, by what a merchant or we may have written wrongly. Whose use it was,
under which agreement, in which scenario, of which offer and how it ended are what people did: nobody rewrites
those (decision 0112).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.benefits import correcting as usages
from app.benefits import usage_queries
from app.feedback import batching
from app.feedback.errors import AlreadyCorrected, CorrectionRefused, NotCorrectable, RecordNotFound
from app.feedback.models import Correction, Feedback
from app.kernel import clock
from app.kernel.db import append, session, transaction
from app.merchants import uscc
from app.trail import writing

REGION = re.compile(r"[1-9][0-9]{5}")
MOST_FEN = 10**12
LONGEST_NOTE = 200
WHO = "信用中心工作人员"


@dataclass(frozen=True)
class Changes:
    """What is to be otherwise in the new record; None leaves it as it is. All None: the cause was mended elsewhere."""

    provider_uscc: str | None = None
    region: str | None = None
    occurred_at: datetime | None = None
    waived_fen: int | None = None
    paid_fen: int | None = None

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


def preview(record_no: str, changes: Changes, note: str) -> dict[str, tuple[Any, Any]]:
    """What `correct` would change, field → (before, after), if it were done now; writes nothing.

    Raises what `correct` raises.
    """
    with transaction():
        _, given = _checked(record_no, changes, note)
    return given


def correct(record_no: str, changes: Changes, note: str, actor: str) -> str:
    """Write the new record, owed from now on; its number. Both stay, and each is corrected once.

    `note`: 1 to 200 characters, why. `actor`: "staff:<account>" or "operator:<name>".
    Raises RecordNotFound, NotCorrectable, AlreadyCorrected, CorrectionRefused.
    """
    with transaction():
        usage, given = _checked(record_no, changes, note)
        new_no = usages.write(usage, {name: after for name, (_, after) in given.items()})
        append(Correction, corrected_no=record_no, record_no=new_no, actor=actor, note=note, changes={
            name: [_plain(before), _plain(after)] for name, (before, after) in given.items()})
        writing.record(usage.citizen_id, actor=actor, who=WHO, what="usage.correct",
                       purpose="更正被省平台拒收的使用反馈并重报", about=f"usage:{record_no}")
    return new_no


def _checked(record_no: str, changes: Changes, note: str) -> tuple[Any, dict[str, tuple[Any, Any]]]:
    """The usage, locked, and what is to be otherwise: field → (before, after)."""
    if changes.occurred_at is not None:
        changes = replace(changes, occurred_at=changes.occurred_at.replace(microsecond=0))
    usage = usages.lock(record_no)
    feedback = session().scalar(select(Feedback).where(Feedback.record_no == record_no)
                                .with_for_update().execution_options(populate_existing=True))
    if usage is None or feedback is None:
        raise RecordNotFound
    _check(feedback, usage, changes, note)
    return usage, {name: (getattr(usage, name), value) for name, value in changes.given().items()
                   if value != getattr(usage, name)}


def _check(feedback: Feedback, usage: Any, changes: Changes, note: str) -> None:
    reason = feedback.reason or ""
    kept_back = feedback.state == "parked" and feedback.batch_no is None and reason == batching.TOO_OLD
    if feedback.state != "rejected" and not kept_back:
        raise NotCorrectable(state=feedback.state, reason=reason)
    later = usage_queries.corrected_by(usage)
    if later is not None:
        raise AlreadyCorrected(record_no=later)
    wrong = _wrong(changes, usage, note)
    named = reason.partition(":")[2]
    if named in vars(changes) and getattr(changes, named) in (None, getattr(usage, named)):
        wrong.setdefault(named, ["省平台指出此栏有误，请改正。"])
    if wrong:
        raise CorrectionRefused(errors=wrong)


def _wrong(changes: Changes, usage: Any, note: str) -> dict[str, list[str]]:
    """Every field that the platform would refuse again, or that can't be true."""
    moment, at = clock.now(), changes.occurred_at or usage.occurred_at
    checks = {
        "note": (note.strip() != "" and len(note) <= LONGEST_NOTE, "请填写更正原因，1 至 200 个字。"),
        "provider_uscc": (changes.provider_uscc is None or uscc.valid(changes.provider_uscc),
                          "统一社会信用代码不正确。"),
        "region": (changes.region is None or bool(REGION.fullmatch(changes.region)), "请填写六位行政区划代码。"),
        "occurred_at": (at.tzinfo is not None and moment - batching.OLDEST <= at <= moment,
                        "发生时间应在最近 30 天内，且不晚于现在。"),
        "waived_fen": (changes.waived_fen is None or 0 <= changes.waived_fen <= MOST_FEN, "金额为不小于 0 的分。"),
        "paid_fen": (changes.paid_fen is None or 0 <= changes.paid_fen <= MOST_FEN, "金额为不小于 0 的分。"),
    }
    return {name: [words] for name, (fine, words) in checks.items() if not fine}


def _plain(value: Any) -> Any:
    return clock.rfc3339(value) if isinstance(value, datetime) else value
