"""Log-in by WeChat, the refresh family, and logging out."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.gateways.access import wechat
from app.gateways.wechat.errors import WechatAway, WechatRefused
from app.identity import queries, sealing, tokens
from app.identity.errors import (
    JsCodeInvalid,
    JsCodeUsed,
    RefreshInvalid,
    RefreshReused,
    WechatBlocked,
    WechatRateLimited,
    WechatUnavailable,
)
from app.identity.models import Citizen, LoginFamily, RefreshToken
from app.kernel import clock
from app.kernel.db import session, transaction
from app.kernel.errors import Refusal, Unavailable
from app.kernel.ids import new_id
from app.kernel.sealing import keyring

REFUSALS: dict[str, type[Refusal]] = {
    "CODE_INVALID": JsCodeInvalid, "CODE_USED": JsCodeUsed, "TOO_OFTEN": WechatRateLimited,
    "DAY_LIMIT": WechatRateLimited, "BLOCKED_AS_RISKY": WechatBlocked}


def sign_in(js_code: str, lives: tokens.Lives) -> tuple[tokens.Pair, Citizen]:
    """Who this code of `wx.login` is, made on the first time. Raises the refusals of WeChat by name."""
    openid = _openid(js_code)
    with transaction() as s:
        citizen = _found_or_made(openid)
        family = LoginFamily(id=new_id(), citizen_id=citizen.id)
        s.add(family)
        s.flush()
        return _pair(family, lives), citizen


def refresh(refresh_token: str, lives: tokens.Lives) -> tuple[tokens.Pair, Citizen]:
    """A new pair for a refresh token, which is then used up. Raises RefreshInvalid; RefreshReused for one that was
    used before, which ends its whole family: either its owner or a thief has come second.
    """
    with transaction() as s:
        token = s.scalar(select(RefreshToken).where(RefreshToken.digest == tokens.digest(refresh_token))
                         .with_for_update().execution_options(populate_existing=True))
        if token is None or token.expires_at <= clock.now():
            raise RefreshInvalid
        family = s.get_one(LoginFamily, token.family_id, populate_existing=True)
        citizen = queries.of_session(family.citizen_id, family.id)
        if citizen is None:
            raise RefreshInvalid
        reused = token.used_at is not None
        if reused:
            end(family.id, "reuse")
        else:
            token.used_at = clock.now()
            pair = _pair(family, lives)
    if reused:  # refused only here, so that the ending was committed
        raise RefreshReused
    return pair, citizen


def sign_out(family_id: uuid.UUID) -> None:
    """End one log-in; its access tokens die with it, at once."""
    with transaction():
        end(family_id, "logout")


def end(family_id: uuid.UUID, reason: str) -> None:
    """In the caller's transaction; the first end stands."""
    session().execute(update(LoginFamily).where(LoginFamily.id == family_id, LoginFamily.ended_at.is_(None))
                      .values(ended_at=clock.now(), end_reason=reason))


def end_all(citizen_id: uuid.UUID, reason: str) -> None:
    """Every log-in of a citizen, in the caller's transaction."""
    session().execute(update(LoginFamily).where(LoginFamily.citizen_id == citizen_id,
                                                LoginFamily.ended_at.is_(None))
                      .values(ended_at=clock.now(), end_reason=reason))


def _openid(js_code: str) -> str:
    try:
        return wechat().code_to_session(js_code).openid
    except WechatRefused as refused:
        kind = REFUSALS.get(refused.meaning, WechatUnavailable)
        raise kind(retry_after=60 if kind.status in {429, 503} else None) from None
    except WechatAway:
        raise WechatUnavailable(retry_after=30) from None


def _found_or_made(openid: str) -> Citizen:
    """Two first log-ins at once make one citizen: the unique index decides, and the loser finds the winner's row."""
    index = sealing.openid_index(openid)
    citizen = queries.by_openid_index(index)
    if citizen is None:
        session().execute(insert(Citizen).values(_newcomer(openid, index)).on_conflict_do_nothing(
            index_elements=["openid_index"], index_where=Citizen.deleted_at.is_(None)))
        citizen = queries.by_openid_index(index)
    if citizen is None:
        raise Unavailable(retry_after=1)  # made and erased by others between our two looks
    return citizen


def _newcomer(openid: str, index: bytes) -> dict[str, object]:
    citizen = Citizen(id=(made := new_id()), openid_index=index, data_key=sealing.new_key(made))
    return {"id": made, "openid_index": index, "data_key": citizen.data_key, "created_at": clock.now(),
            "openid_sealed": sealing.seal_for(citizen, sealing.OPENID, openid.encode())}


def _pair(family: LoginFamily, lives: tokens.Lives) -> tokens.Pair:
    token, digest = tokens.new_refresh()
    session().add(RefreshToken(digest=digest, family_id=family.id, expires_at=_later(lives.refresh_days)))
    told = tokens.Session(family.citizen_id, family.id)
    return tokens.Pair(tokens.access(keyring().tokens, told, lives.access_seconds), lives.access_seconds, token)


def _later(days: int) -> datetime:
    return clock.now() + timedelta(days=days)
