"""Opening an appeal: kept sealed, on the clock from today, and holding what it is about."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from app.appeals import checking, objecting
from app.appeals.errors import TextNotAllowed
from app.appeals.models import Appeal
from app.gateways.access import wechat
from app.gateways.wechat.client import Suggest
from app.gateways.wechat.errors import WechatFailure
from app.identity import queries as citizens
from app.identity import sealing
from app.identity.errors import Unauthenticated
from app.identity.queries import Citizen
from app.kernel import clock
from app.kernel.db import retrying, session, transaction
from app.kernel.ids import new_id
from app.trail import writing

TEXT, ANSWER = "appeal.text", "appeal.answer"
COMMENT = 2  # WeChat's scene for a text in which somebody comments on something


@dataclass(frozen=True)
class Objection:
    """What the citizen says: about which thing of theirs, in their words; `key` is the Idempotency-Key."""

    kind: str
    about_id: str
    text: str = field(repr=False)
    key: str | None = None


@dataclass(frozen=True)
class Clocks:
    """Working days until an appeal is marked and settled; hours for which a key is remembered."""

    mark_days: int
    settle_days: int
    key_hours: int


def open_appeal(citizen: Citizen, said: Objection, clocks: Clocks) -> Appeal:
    """The same key within its hours is the same appeal. Raises AboutNotFound, TextNotAllowed.

    Where WeChat can't be asked about the text, the appeal is taken all the same and staff look first: a right
    must not hang on somebody else's server.
    """
    checking.check(citizen.id, said.kind, said.about_id)
    judged = _judged(citizen, said.text)
    return retrying(lambda: _open(citizen, said, clocks, judged))


def _judged(citizen: Citizen, text: str) -> str:
    try:
        suggest = wechat().msg_sec_check(sealing.openid_of(citizen), COMMENT, text)
    except WechatFailure:
        return "unchecked"
    if suggest is Suggest.RISKY:
        raise TextNotAllowed
    return suggest.value


def _open(citizen: Citizen, said: Objection, clocks: Clocks, judged: str) -> Appeal:
    with transaction():
        locked = citizens.lock(citizen.id)
        if locked is None:
            raise Unauthenticated
        earlier = _earlier(locked, said.key, clocks.key_hours)
        if earlier is not None:
            return earlier
        appeal = put_down(locked, said, clocks, judged)
        objecting.object_to(appeal)
        writing.record(locked.id, actor="citizen", who="本人", what="appeal.open", purpose="提出异议",
                       about=f"appeal:{appeal.id}")
        return appeal


def put_down(citizen: Citizen, said: Objection, clocks: Clocks, judged: str) -> Appeal:
    """The appeal's row, on the clock from today; the citizen is locked."""
    today = clock.today()
    appeal = Appeal(
        id=new_id(), appeal_no=f"AP{today:%Y%m%d}{secrets.randbelow(10**10):010d}", citizen_id=citizen.id,
        about_kind=said.kind, about_id=said.about_id, text_check=judged, idempotency_key=said.key,
        text_sealed=sealing.seal_for(citizen, TEXT, said.text.encode()),
        mark_by=clock.add_working_days(today, clocks.mark_days),
        settle_by=clock.add_working_days(today, clocks.settle_days))
    session().add(appeal)
    session().flush()
    return appeal


def _earlier(citizen: Citizen, key: str | None, hours: int) -> Appeal | None:
    """What this key made before; the citizen's lock keeps a twin from slipping in between."""
    if key is None:
        return None
    return session().scalar(select(Appeal).where(
        Appeal.citizen_id == citizen.id, Appeal.idempotency_key == key,
        Appeal.opened_at > clock.now() - timedelta(hours=hours)))
