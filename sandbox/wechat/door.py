"""WeChat's door: which call, the faults around it, and failures as WeChat words them."""

import secrets
from collections.abc import Callable

from sandbox.faults import Trouble
from sandbox.forms import BadForm, parse
from sandbox.wechat import calls
from sandbox.wechat.remembering import Failed, WeChat
from sandbox.wire import Request, Response, json_response

BASE = "/wechat"
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
CALLS: dict[str, tuple[str, Callable[[WeChat, Request], Response]]] = {
    "/sns/jscode2session": ("GET", calls.log_in),
    "/cgi-bin/stable_token": ("POST", calls.stable_token),
    "/wxa/business/getuserphonenumber": ("POST", calls.phone_number),
    "/cgi-bin/message/subscribe/send": ("POST", calls.send_message),
    "/wxa/getwxacodeunlimit": ("POST", calls.picture),
    "/wxa/msg_sec_check": ("POST", calls.check_text),
}
MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    47003: "argument invalid",
}


def answer(wechat: WeChat, request: Request) -> Response:
    """One call with its faults: what WeChat, or the network before it, answers."""
    path = request.path[len(BASE) :]
    trouble = wechat.world.faults.take("wechat", request.method, path)
    trouble.wait("before")
    if trouble.hangs_up("before"):
        return Response(hang_up=True)
    response = instead(trouble, "before") or process(wechat, request, path)
    trouble.wait("after")
    if trouble.hangs_up("after"):
        return Response(hang_up=True)
    return spoil(instead(trouble, "after") or response, trouble)


def process(wechat: WeChat, request: Request, path: str) -> Response:
    """The call's own answer; errcodes go out with HTTP 200."""
    if path not in CALLS:
        return Response(404, b"404 page not found", {"Content-Type": "text/plain"})
    method, call = CALLS[path]
    try:
        if request.method != method:
            raise Failed(43001 if method == "GET" else 43002)
        with wechat.lock:
            return call(wechat, request)
    except BadForm:
        return failure(47001)
    except Failed as failed:
        return failure(failed.errcode)


def failure(errcode: int) -> Response:
    """errcode and errmsg with a `rid`, HTTP 200."""
    text = f"{MESSAGES.get(errcode, 'error')} rid: {secrets.token_hex(4)}"
    return json_response(200, {"errcode": errcode, "errmsg": text})


def instead(trouble: Trouble, when: str) -> Response | None:
    """What stands in the answer's place: HTML, a bare HTTP status, or an errcode (`value` {"errcode": …})."""
    html, status = trouble.get("html", when), trouble.get("status", when)
    if html:
        return Response(html.value or 200, HTML, {"Content-Type": "text/html"})
    if not status:
        return None
    if isinstance(status.value, dict) and isinstance(status.value.get("errcode"), int):
        return failure(status.value["errcode"])
    return Response(status.value if isinstance(status.value, int) else 500)


def spoil(response: Response, trouble: Trouble) -> Response:
    """A patch over the JSON, and the answer cut in half."""
    patch, truncate = trouble.get("patch"), trouble.get("truncate")
    if patch and response.headers.get("Content-Type", "").startswith("application/json"):
        response = json_response(response.status, {**parse(response.body), **patch.value})
    if truncate and truncate.value == "connection":
        response.cut = True
    elif truncate:
        response.body = response.body[: len(response.body) // 2]
    return response
