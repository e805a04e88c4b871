"""The League's red list as the platform shares it (platform.md 4.7): listing, delisting, owed through the outbox.

Who is put on it is decided elsewhere; here is how it gets there. A message says only "this entry has news": its handler
brings the platform to what the entry says now, so that repeats, restarts and overtaken messages change nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.gateways.access import platform
from app.gateways.platform import forms
from app.gateways.platform.failures import NOT_TAKEN, Passing, Permanent
from app.gateways.platform.sealing import Subject
from app.identity import names, numbers, sealing
from app.identity import queries as citizens
from app.kernel import clock, crash
from app.kernel.db import need_transaction, refuse_inside_transaction, session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.outbox import putting
from app.outbox.sending import Message, handles
from app.trail import writing as trail
from app.volunteers.errors import (
    PublicityNotOver,
    RedListEntryRefused,
    RedListEntryUnknown,
    RedListSubjectDiffers,
)
from app.volunteers.models import RedListEntry

log = structlog.get_logger()
Hook = Callable[[bytes], None]
ANSWERED: dict[str, Hook] = {}
TOPIC = "red_list"
LIST = "outstanding_youth_volunteer"
ENTRY_NO = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
IDENTITY = re.compile(r"[0-9]{11,}")  # as long as a phone: it might be one, and numbers travel in addresses
TEXT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
NAME, ID_NUMBER = "red_list.name", "red_list.id_number"


@dataclass(frozen=True)
class NewEntry:
    """Who is on the list, by whose citation; days in Asia/Shanghai, both ends inclusive."""

    entry_no: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    cited_by: str
    document_no: str
    publicised_from: date
    publicised_to: date
    valid_from: date
    valid_to: date


def list_entry(entry: NewEntry, actor: str) -> RedListEntry:
    """Put this person on the list, or replace what stands under the number; the same again owes nothing.

    Raises RedListEntryRefused, PublicityNotOver, RedListSubjectDiffers, IdNumberInvalid, ValidationError (the name).
    """
    number = _check(entry)
    with transaction():
        row = _held(entry.entry_no) or _made(entry, number, actor)
        if row.identity_index != sealing.identity_index(number) or subject(row).name != entry.name:
            raise RedListSubjectDiffers
        told = {name: getattr(entry, name) for name in ("cited_by", "document_no", "publicised_from", "publicised_to",
                                                        "valid_from", "valid_to")}
        if row.revision > 0 and row.state == "listed" and all(getattr(row, name) == told[name] for name in told):
            return row
        for name, value in told.items():
            setattr(row, name, value)
        _say(row, "listed", None, actor)
        return row


def delist(entry_no: str, reason: str, actor: str) -> RedListEntry:
    """Take the entry off; again: nothing. Raises RedListEntryUnknown, RedListEntryRefused (the reason)."""
    reason = reason.strip()
    if not re.fullmatch(r"[^\x00]{1,500}", reason, re.DOTALL):
        raise RedListEntryRefused(field="reason")
    with transaction():
        row = _held(entry_no)
        if row is None:
            raise RedListEntryUnknown
        if row.state != "delisted":
            _say(row, "delisted", reason, actor)
        return row


def again(entry_no: str) -> RedListEntry:
    """Owe the entry anew, where a message was parked and its cause is mended. Raises RedListEntryUnknown."""
    with transaction():
        row = _held(entry_no)
        if row is None:
            raise RedListEntryUnknown
        if row.answered_revision < row.revision:
            putting.put(TOPIC, key=entry_no, payload={"entry_no": entry_no})
        return row


def answered(hook: Hook) -> Hook:
    """Register what a package above does once the platform has answered: it is given the person's identity index."""
    ANSWERED[hook.__name__] = hook
    return hook


def unsettled() -> ColumnElement[bool]:
    """For a WHERE: what we say isn't yet what the platform has answered for."""
    return RedListEntry.answered_revision < RedListEntry.revision


@handles(TOPIC)
def send(message: Message) -> None:
    """Outbox: bring the platform to what the entry says now.

    What was delisted before it was ever sent is not sent at all: the platform never hears of the person.
    """
    refuse_inside_transaction()
    row = session().execute(select(RedListEntry).where(RedListEntry.entry_no == message.payload["entry_no"])
                            .execution_options(populate_existing=True)).scalar_one()
    if row.answered_revision >= row.revision:
        return
    if row.sending_at is None and not _begin(row):
        _note(row, row.revision, answered_revision=row.revision, answered_at=clock.now())
    else:
        _tell(row)


def _begin(row: RedListEntry) -> bool:
    """Note, before the first attempt, that the platform may know of it from now on; not where it was delisted."""
    with transaction() as s:
        begun = s.execute(update(RedListEntry)
                          .where(RedListEntry.id == row.id, RedListEntry.state == "listed",
                                 RedListEntry.revision == row.revision)
                          .values(sending_at=clock.now()).returning(RedListEntry.id)
                          .execution_options(synchronize_session=False)).first()
    return begun is not None


def _tell(row: RedListEntry) -> None:
    revision, first = row.revision, row.sending_at is None
    try:
        status = _put(row) if row.state == "listed" else _delete(row)
    except Permanent as final:
        _note(row, revision, refused_code=final.code)
        raise
    except Passing as failure:
        if first and (not failure.sent or failure.code in NOT_TAKEN):
            _note(row, revision, sending_at=None)
        raise
    crash.point("red_list.sent")
    for hook in ANSWERED.values():
        hook(row.identity_index)
    _note(row, revision, answered_revision=revision, platform_status=status, refused_code=None,
          answered_at=clock.now())


def _put(row: RedListEntry) -> str:
    return platform().put_red_list_entry(row.list_code, row.entry_no, forms.RedListForm(
        subject(row), row.cited_by, row.document_no, row.publicised_from, row.publicised_to, row.valid_from,
        row.valid_to))


def _delete(row: RedListEntry) -> str:
    """An entry that never arrived isn't there to be taken off: that is as good."""
    try:
        return platform().delete_red_list_entry(row.list_code, row.entry_no)
    except Permanent as final:
        if final.code != "NOT_FOUND":
            raise
        return "delisted"


def _check(entry: NewEntry) -> str:
    """The identity number in its one form."""
    if not ENTRY_NO.fullmatch(entry.entry_no) or IDENTITY.search(entry.entry_no):
        raise RedListEntryRefused(field="entry_no")
    for name in ("cited_by", "document_no"):
        if not TEXT.fullmatch(getattr(entry, name)):
            raise RedListEntryRefused(field=name)
    if not entry.publicised_from <= entry.publicised_to <= entry.valid_from <= entry.valid_to:
        raise PublicityNotOver
    names.check(entry.name)
    return numbers.read(entry.id_number, clock.today())


def _held(entry_no: str) -> RedListEntry | None:
    need_transaction()
    return session().scalar(select(RedListEntry).where(RedListEntry.entry_no == entry_no)
                            .with_for_update().execution_options(populate_existing=True))


def _made(entry: NewEntry, number: str, actor: str) -> RedListEntry:
    """A row that says nothing yet (`revision` 0); of two who make the same number, one does."""
    identity = new_id()
    owner = f"red_list_entry:{identity}"
    key = sealer().new_data_key(owner)
    session().execute(insert(RedListEntry).values(
        id=identity, entry_no=entry.entry_no, list_code=LIST, identity_index=sealing.identity_index(number),
        data_key=key, name_sealed=sealer().seal(key, owner, NAME, entry.name.encode()),
        id_number_sealed=sealer().seal(key, owner, ID_NUMBER, number.encode()), cited_by=entry.cited_by,
        document_no=entry.document_no, publicised_from=entry.publicised_from, publicised_to=entry.publicised_to,
        valid_from=entry.valid_from, valid_to=entry.valid_to, state="listed", said_by=actor, revision=0,
        answered_revision=0, created_at=clock.now()).on_conflict_do_nothing(index_elements=["entry_no"]))
    row = _held(entry.entry_no)
    assert row is not None  # noqa: S101 (rows are never deleted)
    return row


def _say(row: RedListEntry, state: str, reason: str | None, actor: str) -> None:
    """One more revision, owed; the person sees it where they are a citizen of ours."""
    row.state, row.delist_reason, row.said_by, row.revision = state, reason, actor, row.revision + 1
    session().flush()
    citizen = citizens.by_identity_index(row.identity_index)
    trail.record(citizen.id if citizen else None, actor=actor, who="共青团组织", what=f"red_list.{state}",
                 purpose="优秀青年志愿者红名单共享至省平台", about=f"red_list_entry:{row.id}")
    putting.put(TOPIC, key=row.entry_no, payload={"entry_no": row.entry_no})
    log.info("red_list", state=state, entry=str(row.id))


def _note(row: RedListEntry, revision: int, **values: object) -> None:
    """What came of one revision; a later one's answer stands."""
    with transaction() as s:
        s.execute(update(RedListEntry).where(RedListEntry.id == row.id, RedListEntry.answered_revision < revision)
                  .values(**values).execution_options(synchronize_session=False))


def subject(row: RedListEntry) -> Subject:
    """Who the entry is about, opened: for the platform, and for a look that is written down."""
    def opened(column: str, sealed: bytes) -> str:
        return sealer().open(row.data_key, row.owner, column, sealed).decode()

    return Subject(name=opened(NAME, row.name_sealed), id_number=opened(ID_NUMBER, row.id_number_sealed))
