"""Taking rows out of the League's console: with a purpose, and above ALONE rows a day with somebody else's yes.

Every file has a number; who took it, when, what for stands in it. A yes is good for one file within LIFE.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from app.kernel import clock
from app.kernel.db import need_transaction, session
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff.errors import ExportSecondPerson, ExportUnknown
from app.staff.export_models import ALONE, ExportRequest
from app.staff.models import Account
from app.staff.scoping import Scope, within
from app.staff.telling import tell

APPROVER = "reviewer"
DAY = timedelta(hours=24)
LIFE = timedelta(hours=24)
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Wanted:
    """What is to be taken: the table by its id, title and address, its filters and order, and their words."""

    table: str
    title: str
    address: str
    purpose: str
    args: Mapping[str, str] = field(repr=False)
    words: Mapping[str, str] = field(default_factory=dict, repr=False)


def new_number() -> str:
    """What stands on every row of the file: DC20261124-8 letters and digits that nobody mixes up."""
    return f"DC{clock.today():%Y%m%d}-" + "".join(secrets.choice(LETTERS) for _ in range(8))


def ask(scope: Scope, number: str, wanted: Wanted, rows: int) -> ExportRequest:
    """Take these rows at once (`state` is taken), or leave it to somebody else to agree (open)."""
    identity = new_id()
    made = ExportRequest(
        id=identity, number=number, table_id=wanted.table, title=wanted.title, address=wanted.address, rows=rows,
        purpose=wanted.purpose, organisation_id=scope.organisation_id, organisation_path=scope.path,
        asked_by=scope.account_id, asked_sealed=sealer().seal_service(f"export:{identity}|asked", _text(wanted)))
    with within(scope) as s:
        s.execute(select(Account.id).where(Account.id == scope.account_id).with_for_update())  # one's own, in a row
        if rows + _alone_today(scope) <= ALONE:
            made.state, made.taken_at = "taken", clock.now()
        s.add(made)
        s.flush()
        tell("staff.exported" if made.state == "taken" else "staff.export_asked", scope.account_id, actor=scope.actor,
             purpose=_said(made))
    return made


def decide(scope: Scope, request_id: uuid.UUID, approve: bool) -> ExportRequest:
    """By a reviewer whose part of the tree holds the asker's. Raises RoleMissing, ExportUnknown, ExportSecondPerson."""
    scope.need(APPROVER)
    with within(scope) as s:
        asked = own_or_below(scope, request_id)
        if asked.asked_by == scope.account_id:
            raise ExportSecondPerson
        moment = clock.now()
        open_one = ExportRequest.id == request_id, ExportRequest.state == "open"
        won = s.execute(update(ExportRequest).where(*open_one).values(
            state="approved" if approve else "refused", decided_by=scope.account_id, decided_at=moment,
            expires_at=moment + LIFE if approve else None).returning(ExportRequest.id)).first()
        if won is None:
            raise ExportUnknown
        s.refresh(asked)
        tell("staff.export_decided", asked.asked_by, actor=scope.actor,
             purpose=f"{'同意' if approve else '不同意'} · {_said(asked)}")
    return asked


def take(scope: Scope, request_id: uuid.UUID, wanted: Wanted) -> ExportRequest:
    """The one file that was agreed to, by who asked, for the same rows and purpose. Raises ExportUnknown."""
    with within(scope) as s:
        asked = own_or_below(scope, request_id)
        same = dict(wanted.args), wanted.table, wanted.purpose
        if same != (asked_for(asked)[0], asked.table_id, asked.purpose):
            raise ExportUnknown
        taken = s.execute(update(ExportRequest).where(
            ExportRequest.id == request_id, ExportRequest.asked_by == scope.account_id,
            ExportRequest.organisation_id == scope.organisation_id,  # who was moved sees other rows
            ExportRequest.state == "approved", ExportRequest.expires_at > clock.now())
            .values(state="taken", taken_at=clock.now()).returning(ExportRequest.id)).first()
        if taken is None:
            raise ExportUnknown
        tell("staff.exported", scope.account_id, actor=scope.actor, purpose=_said(asked))
    return asked


def own_or_below(scope: Scope, request_id: uuid.UUID) -> ExportRequest:
    """A request of one's own part of the tree, within the scope. Raises ExportUnknown."""
    need_transaction()
    found = session().scalar(select(ExportRequest).where(scope.sees(ExportRequest.organisation_path),
                                                         ExportRequest.id == request_id)
                             .execution_options(populate_existing=True))
    if found is None:
        raise ExportUnknown
    return found


def asked_for(asked: ExportRequest) -> tuple[dict[str, str], dict[str, str]]:
    """The filters and order as they were sent, and in words: for who asked and who decides."""
    told = json.loads(sealer().open_service(asked.place, asked.asked_sealed))
    return told["args"], told["words"]


def _alone_today(scope: Scope) -> int:
    """Rows that this account has taken by itself lately: cut into slices, a large table is still large."""
    return int(session().execute(select(func.coalesce(func.sum(ExportRequest.rows), 0)).where(
        ExportRequest.asked_by == scope.account_id, ExportRequest.decided_by.is_(None),
        ExportRequest.taken_at > clock.now() - DAY)).scalar_one())


def requests(scope: Scope) -> Select[ExportRequest]:
    """All of one's own part of the tree."""
    return select(ExportRequest).where(scope.sees(ExportRequest.organisation_path))


def waiting(scope: Scope) -> ColumnElement[bool]:
    """Of the requests, those that this account may decide, or may take."""
    return or_((ExportRequest.state == "open") & (ExportRequest.asked_by != scope.account_id),
               (ExportRequest.state == "approved") & (ExportRequest.asked_by == scope.account_id)
               & (ExportRequest.expires_at > clock.now()))


def _text(wanted: Wanted) -> bytes:
    return json.dumps({"args": dict(wanted.args), "words": dict(wanted.words)}, ensure_ascii=False).encode()


def _said(asked: ExportRequest) -> str:
    return f"{asked.title} · {asked.purpose} · {asked.rows} 行 · {asked.number}"
