"""Reading an appeal's text and answer: the citizen their own, staff under the citizen's eyes."""

from typing import Any

from app.appeals import marking, queries
from app.appeals.models import Appeal
from app.appeals.opening import ANSWER, TEXT
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.queries import Citizen
from app.kernel.db import transaction


def read(appeal_no: str, by: str) -> str:
    """The text, for staff; the look is in the trail. Empty where the citizen has left. Raises AppealNotFound."""
    with transaction():
        appeal = queries.by_no(appeal_no)
        citizen = citizens.get(appeal.citizen_id)
        if citizen is None:
            return ""
        marking.note(appeal, by, "appeal.read", "办理异议")
        return sealing.open_for(citizen, TEXT, appeal.text_sealed).decode()


def shown(citizen: Citizen, appeal: Appeal) -> dict[str, Any]:
    """The appeal as its citizen reads it."""
    names = ("id", "appeal_no", "opened_by", "state", "opened_at", "mark_by", "settle_by", "marked_at", "settled_at",
             "outcome")
    return {name: getattr(appeal, name) for name in names} | {
        "about": {"kind": appeal.about_kind, "id": appeal.about_id},
        "text": sealing.open_for(citizen, TEXT, appeal.text_sealed).decode(),
        "answer": sealing.text_of(citizen, ANSWER, appeal.answer_sealed)}
