"""Telling a citizen by WeChat's subscribe messages: owed with the caller's commit, sealed until it is sent.

A message is a courtesy: whatever it tells stands in the mini-app, too. So who hasn't subscribed isn't asked again,
who has left isn't told, and what is older than its purpose isn't sent.
"""

import base64
import uuid
from collections.abc import Mapping
from datetime import datetime

from prometheus_client import Counter

from app.gateways.access import wechat
from app.gateways.platform.failures import Passing, Permanent
from app.gateways.wechat.client import SubscribeMessage
from app.gateways.wechat.errors import WechatAway, WechatRefused
from app.identity import phrasing, queries, sealing
from app.identity.phrasing import Value
from app.kernel import clock, jsons
from app.kernel.db import need_transaction
from app.kernel.sealing import SealBroken
from app.kernel.settings import settings
from app.outbox import putting
from app.outbox.sending import Message, handles

TOPIC, COLUMN = "wechat.message", "citizen.message"
NOT_SUBSCRIBED, DAY_LIMIT = 43101, 45009
FINAL = {40003: "微信不认识这个账号", 40037: "微信不认识这个消息模板，请核对 WECHAT_TEMPLATES",
         47003: "微信认为消息内容与模板不符，请核对 config/messages.toml"}
DAY_LIMIT_RETRY_S = 3600
TOLD = Counter("xinyi_messages_total", "Subscribe messages that were owed", ["template", "outcome"])


def tell(citizen_id: uuid.UUID, template: str, data: Mapping[str, Value]) -> None:
    """Owe the citizen this message from the caller's commit on; nothing where no template is set up for it.

    `template` and the words of `data` are those of config/messages.toml: texts, money in fen, instants, days. Raises
    KeyError for an unknown template, ValueError for other words, RuntimeError outside a transaction.
    """
    need_transaction()
    shape = phrasing.shapes()[template]
    values = shape.filled(data)
    citizen = queries.get(citizen_id)
    if citizen is None or template not in settings().WECHAT_TEMPLATES:
        return
    sealed = sealing.seal_for(citizen, COLUMN, jsons.dumps(values))
    putting.put(TOPIC, key=str(citizen_id), payload={
        "citizen_id": str(citizen_id), "template": template, "until": clock.rfc3339(clock.now() + shape.lifetime),
        "sealed": base64.b64encode(sealed).decode()})


@handles(TOPIC)
def send(message: Message) -> None:
    """Outbox: one message. Settled, too, where it is too late, the person has left or hasn't subscribed.

    Raises Passing, Permanent (parked for staff: account, template or fields are wrong).
    """
    told = message.payload
    outgoing = _outgoing(told)
    outcome = "not_sent" if outgoing is None else _sent(outgoing)
    TOLD.labels(told["template"], outcome).inc()


def _outgoing(told: Mapping[str, str]) -> SubscribeMessage | None:
    template_id = settings().WECHAT_TEMPLATES.get(told["template"])
    shape = phrasing.shapes().get(told["template"])
    citizen = queries.get(uuid.UUID(told["citizen_id"]))
    if template_id is None or shape is None or citizen is None:
        return None
    if clock.now() >= datetime.fromisoformat(told["until"]):
        return None
    try:
        data = jsons.loads(sealing.open_for(citizen, COLUMN, base64.b64decode(told["sealed"])))
        return SubscribeMessage(sealing.openid_of(citizen), template_id, shape.page, data)
    except SealBroken:
        return None  # left in this very moment


def _sent(outgoing: SubscribeMessage) -> str:
    try:
        wechat().send_subscribe(outgoing)
    except WechatAway as away:
        raise Passing("WECHAT_AWAY", why=away.why) from None
    except WechatRefused as no:
        if no.errcode == NOT_SUBSCRIBED:
            return "not_subscribed"
        if no.errcode in FINAL:
            raise Permanent(f"WECHAT_{no.errcode}", FINAL[no.errcode]) from None
        raise Passing(f"WECHAT_{no.errcode}", DAY_LIMIT_RETRY_S if no.errcode == DAY_LIMIT else None) from None
    return "sent"
