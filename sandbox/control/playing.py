"""Control calls that play somebody: a person, WeChat's user, the platform that pushes."""

from sandbox import forms
from sandbox.control.asking import Parts, Said, Wrong, read
from sandbox.control.showing import shown
from sandbox.platform.happening import happen, issue
from sandbox.wire import Request

EVENT = {"type", "person", "data", "event_id", "seq", "occurred_at", "fault"}
FAULTS = (None, "bad_signature", "stale", "replay")


def put_person(parts: Parts, request: Request, key: str) -> Said:
    """Make (201) or change (200) a person; no event is pushed."""
    body, made = read(request), key not in parts.world.people.by_key
    if "key" in body:
        raise Wrong(400, "key 写在路径里")
    return 201 if made else 200, shown(parts, parts.world.people.put(key, body))


def login_code(parts: Parts, request: Request) -> Said:
    """A js_code; `device` or `openid` plays another WeChat account of the same person."""
    more = {"device": forms.text(64), "openid": forms.word(64)}
    body = forms.take(read(request), {"person": forms.text(64)}, more)
    device, openid = body.get("device", ""), body.get("openid")
    code = parts.wechat.make_code(parts.person(body), "login", device, openid)
    return 201, {"js_code": code, "openid": parts.wechat.codes[code]["openid"], "expires_in": 300}


def phone_code(parts: Parts, request: Request) -> Said:
    """A code for getuserphonenumber."""
    body = forms.take(read(request), {"person": forms.text(64)})
    return 201, {"code": parts.wechat.make_code(parts.person(body), "phone"), "expires_in": 300}


def subscribe(parts: Parts, request: Request) -> Said:
    """How many more messages of a template a person takes; 0 makes 43101, null lifts the count."""
    body = read(request)
    person, template, left = parts.person(body), str(body.get("template_id")), body.get("left")
    if left is not None and not forms.whole(left):
        raise Wrong(400, "left：整数或 null")
    with parts.wechat.lock:
        if left is None:
            parts.wechat.subscriptions.pop((person["key"], template), None)
        else:
            parts.wechat.subscriptions[person["key"], template] = left
    return 200, {"person": person["key"], "template_id": template, "left": left}


def expire_tokens(parts: Parts, request: Request) -> Said:
    """Every access token given out so far is old from now on (42001)."""
    with parts.wechat.lock:
        parts.wechat.tokens = dict.fromkeys(parts.wechat.tokens, 0.0)
    return 200, {}


def push(parts: Parts, request: Request) -> Said:
    """Make something happen and push it; `fault` spoils the first delivery only."""
    body = read(request)
    if set(body) - EVENT:
        raise Wrong(400, "字段只有 " + "、".join(sorted(EVENT)))
    if body.get("fault") not in FAULTS:
        raise Wrong(400, "fault：bad_signature、stale 或 replay")
    if not parts.world.settings.events_url:
        raise Wrong(409, "没有设置 EVENTS_URL，无处可推")
    return 200, {"events": happen(parts.world, parts.pusher, body)}


def initiate(parts: Parts, request: Request) -> Said:
    """A new initiative that the client will find by polling; no event."""
    return 201, issue(parts.world, read(request))
