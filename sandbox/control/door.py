"""Which control call a request is; refusals are `{"error": "…"}` in Chinese."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from sandbox.control import playing, setting, showing
from sandbox.control.asking import Parts, Said, Wrong
from sandbox.faults import BadFault
from sandbox.forms import BadForm
from sandbox.people import BadPerson
from sandbox.platform.happening import BadEvent
from sandbox.wire import Request, Response, json_response

BASE = "/_control"
CALLS: dict[str, Callable[..., Said]] = {
    "GET /people": showing.people,
    "PUT /people/([^/]+)": playing.put_person,
    "POST /wechat/codes": playing.login_code,
    "POST /wechat/phone-codes": playing.phone_code,
    "GET /wechat/messages": showing.messages,
    "PUT /wechat/subscriptions": playing.subscribe,
    "POST /wechat/tokens/expire": playing.expire_tokens,
    "GET /faults": showing.faults,
    "POST /faults": setting.order_fault,
    "DELETE /faults": setting.clear_faults,
    "POST /platform/events": playing.push,
    "GET /platform/events": showing.events,
    "POST /platform/initiatives": playing.initiate,
    "GET /platform/initiatives": showing.initiatives,
    "POST /platform/providers": setting.set_provider,
    "POST /platform/keys": setting.change_keys,
    "PUT /platform/settings": setting.set_platform,
    "GET /platform/settings": showing.settings,
    "GET /platform/queries": showing.queries,
    "GET /platform/turned-away": showing.turned_away,
    "GET /platform/usages": showing.usages,
    "GET /platform/batches": showing.batches,
    "GET /platform/verifications": showing.verifications,
    "GET /platform/authorizations": showing.authorizations,
    "GET /platform/red-lists": showing.red_lists,
    "GET /platform/breaches": showing.breaches,
    "GET /clock": showing.clock,
    "POST /clock": setting.set_clock,
    "POST /reset": setting.reset,
}
ROUTES = [(line.split()[0], re.compile(line.split()[1]), call) for line, call in CALLS.items()]


def answer(parts: Parts, request: Request) -> Response:
    """One control call."""
    try:
        check_origin(request)
        return json_response(*route(parts, request))
    except Wrong as wrong:
        return json_response(wrong.status, {"error": str(wrong)})
    except (BadPerson, BadFault, BadEvent) as wrong:
        return json_response(400, {"error": str(wrong)})
    except BadForm as wrong:
        return json_response(400, {"error": f"字段有误：{wrong.field}"})


def route(parts: Parts, request: Request) -> Said:
    """Find the call and make it."""
    path = request.path[len(BASE) :]
    for method, pattern, call in ROUTES:
        match = pattern.fullmatch(path)
        if match and method == request.method:
            return call(parts, request, *match.groups())
    raise Wrong(404, "没有这个控制接口")


def check_origin(request: Request) -> None:
    """A page of another origin in the same browser must not steer us."""
    origin = request.header("origin")
    if origin is not None and urlsplit(origin).netloc != request.header("host"):
        raise Wrong(403, "只接受本页或本机程序的请求")
