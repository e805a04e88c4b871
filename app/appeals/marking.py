"""Marking: staff have seen the appeal and stand by its clocks."""

from app.appeals import queries
from app.appeals.errors import AlreadySettled
from app.appeals.models import Appeal
from app.kernel import clock
from app.kernel.db import transaction
from app.trail import writing

STAFF = "信用服务中心"


def mark(appeal_no: str, by: str) -> Appeal:
    """`by` is the staff's account; marking again changes nothing. Raises AppealNotFound, AlreadySettled."""
    with transaction():
        appeal = queries.lock(appeal_no)
        if appeal.state == "settled":
            raise AlreadySettled
        if appeal.state == "opened":
            appeal.state, appeal.marked_at = "marked", clock.now()
            note(appeal, by, "appeal.mark", "受理异议并标注")
        return appeal


def note(appeal: Appeal, by: str, what: str, purpose: str) -> None:
    """What staff did, for the citizen to see; in the caller's transaction."""
    writing.record(appeal.citizen_id, actor=f"staff:{by}", who=STAFF, what=what, purpose=purpose,
                   about=f"appeal:{appeal.id}")
