"""Objections to a publicity: by anybody, or written down by staff; one stops the clock for that person only.

Words and contact are sealed; each look at them is in the trail. Whoever wrote one down doesn't settle it.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock
from app.kernel.db import broke, session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.staff import tries
from app.staff.scoping import Scope, within
from app.trail import writing as trail
from app.volunteers.outstanding import campaigns, moving, publicising
from app.volunteers.outstanding import conditions as outstanding
from app.volunteers.outstanding.errors import (
    NominationMoved,
    NominationUnknown,
    NotThisLevel,
    ObjectionRefused,
    ObjectionUnknown,
    PublicityOver,
    SamePerson,
)
from app.volunteers.outstanding.models import Nomination, Objection

READS = ("reviewer", "list_officer")


@dataclass(frozen=True)
class Words:
    """What was said, and how to reach who said it ("" where they didn't tell)."""

    text: str = field(repr=False)
    contact: str = field(repr=False)


def object_publicly(nomination_id: uuid.UUID, words: Words, address: str | None) -> Objection:
    """By anybody, from this network address. Raises LockedOut (too many from there), PublicityOver,
    ObjectionRefused.
    """
    tries.count("network", f"objection|{tries.network(address)}")
    _check(words)
    with transaction():
        try:
            nomination = moving.held(nomination_id)
        except NominationUnknown:
            raise PublicityOver from None
        return _open(nomination, words, None, "public")


def raise_by_staff(scope: Scope, nomination_id: uuid.UUID, words: Words) -> Objection:
    """What came by telephone or on paper, written down. Raises RoleMissing, NominationUnknown, PublicityOver,
    ObjectionRefused.
    """
    scope.need(*READS)
    _check(words)
    with within(scope):
        return _open(moving.held(nomination_id, scope), words, scope.account_id, scope.actor)


def read(scope: Scope, objection_id: uuid.UUID) -> Words:
    """What was said, for who decides, never for who nominated; the look is in the trail.

    Raises RoleMissing, NotThisLevel, ObjectionUnknown.
    """
    scope.need(*READS)
    if scope.level != "province":
        raise NotThisLevel
    with within(scope):
        found = get(scope, objection_id)
        trail.record(None, actor=scope.actor, who=moving.WHO, what="nomination.objection_read",
                     purpose="复核公示异议", about=f"objection:{found.id}")
        opened = sealer().open_service
        contact = "" if found.contact_sealed is None else opened(_place(found.id, "contact"),
                                                                 found.contact_sealed).decode()
        return Words(opened(_place(found.id, "text"), found.text_sealed).decode(), contact)


def settle(scope: Scope, objection_id: uuid.UUID, *, upheld: bool, answer: str) -> Nomination:
    """Upheld, the nomination ends here; dismissed, the publicity goes on for what is left of its days, once no other
    objection is open. Raises as moving.by_staff, ObjectionUnknown.
    """
    scope.need(*moving.LISTS)
    said = moving.checked(answer)
    with within(scope):
        found = get(scope, objection_id)
        nomination = moving.held(found.nomination_id, scope)
        _settle(scope, found, "upheld" if upheld else "dismissed", said)
        if upheld:
            _end_others(nomination)
            moving.by_staff(scope, nomination, "uphold", said)
        elif not _open_ones(nomination):
            moving.by_staff(scope, nomination, "resume", said,
                            **publicising.running(clock.today(), nomination.days_owed or 0))
    return nomination


def get(scope: Scope, objection_id: uuid.UUID) -> Objection:
    """Raises ObjectionUnknown."""
    found = session().scalar(select(Objection).where(Objection.id == objection_id,
                                                     scope.sees(Objection.organisation_path))
                             .execution_options(populate_existing=True))
    if found is None:
        raise ObjectionUnknown
    return found


def forget_contacts() -> int:
    """Job: contacts of objections that were settled long enough ago; how many."""
    with transaction() as s:
        longest = clock.now() - timedelta(days=outstanding.rules("")["contact_days"])
        return len(s.scalars(update(Objection).where(Objection.contact_sealed.is_not(None),
                                                     Objection.settled_at < longest)
                             .values(contact_sealed=None).returning(Objection.id)
                             .execution_options(synchronize_session=False)).all())


def _check(words: Words) -> None:
    text, contact = words.text.strip(), words.contact.strip()
    if not 10 <= len(text) <= 1000 or len(contact) > 100 or "\x00" in text + contact:
        raise ObjectionRefused


def _open(nomination: Nomination, words: Words, raised_by: uuid.UUID | None, actor: str) -> Objection:
    today = clock.today()
    if nomination.state == "publicised" and nomination.publicised_to and nomination.publicised_to >= today:
        moving.go(nomination, "object", "system", **publicising.stopped(nomination, today))
    elif nomination.state != "objected":
        raise PublicityOver
    campaign = campaigns.get(nomination.campaign_id)
    identity = new_id()
    made = Objection(
        id=identity, nomination_id=nomination.id, organisation_id=nomination.organisation_id,
        organisation_path=nomination.organisation_path, raised_by=raised_by,
        text_sealed=sealer().seal_service(_place(identity, "text"), words.text.strip().encode()),
        contact_sealed=sealer().seal_service(_place(identity, "contact"), words.contact.strip().encode())
        if words.contact.strip() else None,
        settle_by=clock.add_working_days(today, campaign.terms["settle_days"]))
    session().add(made)
    session().flush()
    trail.record(None, actor=actor, who="社会公众" if raised_by is None else moving.WHO,
                 what="nomination.objection_opened", purpose="对公示提出异议", about=f"objection:{identity}")
    return made


def _settle(scope: Scope, found: Objection, state: str, answer: str) -> None:
    try:
        settled = session().execute(
            update(Objection).where(Objection.id == found.id, Objection.state == "open")
            .values(state=state, answer=answer, settled_by=scope.account_id, settled_at=clock.now())
            .returning(Objection.id).execution_options(synchronize_session=False)).first()
    except IntegrityError as wrong:
        if broke(wrong, "ck_nomination_objections_second_person"):
            raise SamePerson from None
        raise
    if settled is None:
        raise NominationMoved
    trail.record(None, actor=scope.actor, who=moving.WHO, what=f"nomination.objection_{state}",
                 purpose="复核公示异议", about=f"objection:{found.id}")


def _open_ones(nomination: Nomination) -> int:
    return session().scalar(select(func.count()).select_from(Objection).where(
        Objection.nomination_id == nomination.id, Objection.state == "open")) or 0


def _end_others(nomination: Nomination) -> None:
    session().execute(update(Objection).where(Objection.nomination_id == nomination.id, Objection.state == "open")
                      .values(state="moot", settled_at=clock.now()).execution_options(synchronize_session=False))


def _place(objection_id: uuid.UUID, what: str) -> str:
    return f"nomination_objection:{objection_id}|{what}"
