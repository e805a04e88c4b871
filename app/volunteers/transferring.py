"""From one organisation to another, with the word of both: asked by the one that takes, agreed by the one that gives.

Who asks learns nothing of where somebody is registered, nor whether the name fits; who gives sees both (decision 0201).
The move itself leaves one scope for another, so that its transaction belongs to none: each of its conditions is here.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.identity import names, numbers
from app.identity import sealing as citizen_sealing
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff.errors import SecondPerson
from app.staff.scoping import Scope, within
from app.volunteers import noting, placing, queries, regional, registering, sealing
from app.volunteers.errors import TransferNotNeeded, TransferOpen, TransferStateWrong, TransferUnknown
from app.volunteers.models import Transfer, Volunteer
from app.volunteers.placing import Place

Side = Callable[[Scope], Select[Any]]


def ask(scope: Scope, name: str, id_number: str, reason: str) -> uuid.UUID:
    """Ask for somebody who is registered out of sight, for one's own organisation; the transfer's id.

    Raises RoleMissing, ValidationError (the name), IdNumberInvalid, Invalid (the reason), TransferNotNeeded,
    TransferOpen.
    """
    scope.need("registrar")
    names.check(name)
    number, words = numbers.read(id_number, clock.today()), noting.said(reason)
    index = citizen_sealing.identity_index(number)
    with within(scope):
        own = registering.own_place(scope)
    with transaction():
        found = queries.by_identity_index(index)
        volunteer = None if found is None else queries.lock(found.id)
        if volunteer is None or volunteer.organisation_path.startswith(scope.path):
            raise TransferNotNeeded
        made = _put_down(scope, volunteer, own, {
            "reason": words, "name_same": sealing.name_of(volunteer) == name, "shown": _masked(name, number)})
        noting.note(scope, volunteer, "volunteer.transfer_asked", "申请转入志愿者登记")
    return made


def agree(scope: Scope, transfer_id: uuid.UUID) -> None:
    """The volunteer is the other organisation's from now on, with records and hours; all in one transaction.

    Raises RoleMissing, TransferUnknown, SecondPerson, TransferStateWrong.
    """
    scope.need("registrar")
    with within(scope):
        asked = one(scope, asked_of, transfer_id)
    if asked.asked_by == scope.account_id:
        raise SecondPerson
    with transaction():
        volunteer = queries.lock(asked.volunteer_id)
        if volunteer is None or volunteer.organisation_path != asked.organisation_path:
            raise TransferStateWrong
        _end(Transfer.id == transfer_id, Transfer.organisation_path.startswith(scope.path, autoescape=True),
             state="agreed", decided_by=scope.account_id)
        placing.place(volunteer, Place(asked.to_organisation_id, asked.to_path))
        noting.note(scope, volunteer, "volunteer.transferred", "同意转出志愿者登记")
        noting.tell(volunteer, "已转移")


def decline(scope: Scope, transfer_id: uuid.UUID, answer: str) -> None:
    """No, with words for who asked. Raises as `agree`, Invalid (the answer)."""
    scope.need("registrar")
    words = noting.said(answer)
    with within(scope):
        asked = one(scope, asked_of, transfer_id)
        if asked.asked_by == scope.account_id:
            raise SecondPerson
        _end(Transfer.id == transfer_id, scope.sees(Transfer.organisation_path), state="declined", answer=words,
             decided_by=scope.account_id)
        _note(scope, asked, "volunteer.transfer_declined", "不同意转出志愿者登记")


def withdraw(scope: Scope, transfer_id: uuid.UUID) -> None:
    """Who asked thinks again. Raises RoleMissing, TransferUnknown, TransferStateWrong."""
    scope.need("registrar")
    with within(scope):
        one(scope, asked_by, transfer_id)
        _end(Transfer.id == transfer_id, scope.sees(Transfer.to_path), state="withdrawn", decided_by=scope.account_id)


def expire() -> int:
    """Those that nobody answered in time; how many."""
    with transaction() as s:
        return len(s.execute(update(Transfer).where(Transfer.state == "asked", Transfer.expires_at <= clock.now())
                             .values(state="expired", ended_at=clock.now()).returning(Transfer.id)
                             .execution_options(synchronize_session=False)).all())


def asked_by(scope: Scope) -> Select[Any]:
    """What this part of the tree asks of others."""
    return select(Transfer).where(scope.sees(Transfer.to_path)).execution_options(populate_existing=True)


def asked_of(scope: Scope) -> Select[Any]:
    """What others ask of this part of the tree."""
    return select(Transfer).where(scope.sees(Transfer.organisation_path)).execution_options(populate_existing=True)


def one(scope: Scope, side: Side, transfer_id: uuid.UUID) -> Transfer:
    """`side`: asked_by or asked_of. In the caller's transaction, within the scope. Raises TransferUnknown."""
    found: Transfer | None = session().scalar(side(scope).where(Transfer.id == transfer_id))
    if found is None:
        raise TransferUnknown
    return found


def waiting(scope: Scope) -> int:
    """How many wait for a word of this part of the tree."""
    return session().scalar(select(func.count()).select_from(Transfer).where(
        scope.sees(Transfer.organisation_path), Transfer.state == "asked", Transfer.expires_at > clock.now())) or 0


def shown(transfer: Transfer) -> str:
    """Whom it is about, masked, as who asked has told: 林** · 尾号 123X."""
    return sealer().open_service(_place(transfer.id), transfer.shown_sealed).decode()


def _put_down(scope: Scope, volunteer: Volunteer, own: Place, told: dict[str, Any]) -> uuid.UUID:
    identity, now = new_id(), clock.now()
    days = regional.rules(volunteer.region).transfer_days
    made = session().scalar(insert(Transfer).values(
        id=identity, volunteer_id=volunteer.id, organisation_id=volunteer.organisation_id,
        organisation_path=volunteer.organisation_path, to_organisation_id=own.organisation_id, to_path=own.path,
        state="asked", name_same=told["name_same"], reason=told["reason"], asked_by=scope.account_id, asked_at=now,
        expires_at=now + timedelta(days=days), shown_sealed=sealer().seal_service(_place(identity), told["shown"]))
        .on_conflict_do_nothing().returning(Transfer.id))
    if made is None:
        raise TransferOpen
    return identity


def _end(*where: ColumnElement[bool], **values: Any) -> None:
    """One conditional write: what is settled or too old is not settled again."""
    ended = session().execute(
        update(Transfer).where(*where, Transfer.state == "asked", Transfer.expires_at > clock.now())
        .values(ended_at=clock.now(), **values).returning(Transfer.id)
        .execution_options(synchronize_session=False)).first()
    if ended is None:
        raise TransferStateWrong


def _note(scope: Scope, asked: Transfer, what: str, purpose: str) -> None:
    volunteer = queries.seen(scope, asked.volunteer_id)
    if volunteer is not None:
        noting.note(scope, volunteer, what, purpose)


def _masked(name: str, number: str) -> bytes:
    return f"{names.masked(name)} · 尾号 {number[-4:]}".encode()


def _place(transfer_id: uuid.UUID) -> str:
    return f"volunteer-transfer:{transfer_id}|shown"
