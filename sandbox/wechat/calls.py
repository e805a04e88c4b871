"""The six calls: what each checks, does and answers."""

import base64
import io
import re
import secrets
from typing import Any

import segno

from sandbox.forms import parse
from sandbox.wechat.remembering import Failed, WeChat
from sandbox.wire import Request, Response, json_response

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", re.ASCII)
TEMPLATE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
LONGEST = {
    "thing": 20,
    "character_string": 32,
    "phrase": 5,
    "number": 32,
    "amount": 16,
    "date": 40,
    "time": 40,
    "name": 10,
    "phone_number": 17,
    "const": 20,
}
FIELD = re.compile(rf"({'|'.join(LONGEST)})\d{{1,2}}", re.ASCII)
# A text that holds one of these words is judged accordingly, so that both ways can be tried.
RISKY, DOUBTFUL = "违禁", "可疑"
OK = {"errcode": 0, "errmsg": "ok"}


def log_in(wechat: WeChat, request: Request) -> Response:
    """jscode2session."""
    query = dict(request.query)
    for name, errcode in (("appid", 41002), ("secret", 41004), ("js_code", 41008)):
        if not query.get(name):
            raise Failed(errcode)
    wechat.check_app(query["appid"], query["secret"])
    if query.get("grant_type") != "authorization_code":
        raise Failed(40002)
    code = wechat.use_code(query["js_code"], "login")
    wechat.count_login(code["openid"])
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return json_response(200, {"openid": code["openid"], "session_key": session_key})


def stable_token(wechat: WeChat, request: Request) -> Response:
    """The same token until 5 minutes before its end; force_refresh 20 a day, 30 s apart."""
    body = parse(request.body)
    if body.get("grant_type") != "client_credential":
        raise Failed(40002)
    wechat.check_app(body.get("appid"), body.get("secret"))
    token, seconds = wechat.token(force=body.get("force_refresh") is True)
    return json_response(200, {"access_token": token, "expires_in": seconds})


def phone_number(wechat: WeChat, request: Request) -> Response:
    """getuserphonenumber."""
    world = wechat.world
    code = wechat.use_code(wechat.authorised(request).get("code"), "phone")
    phone = world.people.by_key[code["person"]]["phone"]
    mark = {"timestamp": int(world.clock.now()), "appid": world.settings.wechat_appid or ""}
    info = {"phoneNumber": phone, "purePhoneNumber": phone, "countryCode": "86", "watermark": mark}
    return json_response(200, {**OK, "phone_info": info})


def send_message(wechat: WeChat, request: Request) -> Response:
    """subscribe/send; a person takes all messages unless control calls count their subscriptions."""
    body = wechat.authorised(request)
    person = wechat.person_of(body.get("touser"))
    check_message(body)
    template, data = body["template_id"], body["data"]
    left = wechat.subscriptions.get((person, template))
    if left == 0:
        raise Failed(43101)
    if left is not None:
        wechat.subscriptions[person, template] = left - 1
    values = {name: item["value"] for name, item in data.items()}
    sent = {"at": wechat.world.clock.precise(), "person": person, "template_id": template}
    wechat.sent.append({**sent, "page": body.get("page"), "data": values})
    return json_response(200, {**OK, "msgid": int(wechat.world.state.number("messages", width=1))})


def check_message(body: dict[str, Any]) -> None:
    """Template, fields with their greatest lengths, page and state."""
    template, data = body.get("template_id"), body.get("data")
    if not isinstance(template, str) or not TEMPLATE.fullmatch(template):
        raise Failed(40037)
    if not isinstance(data, dict) or not data or not all(fits_template(*item) for item in data.items()):
        raise Failed(47003)
    if str(body.get("page", "")).startswith("/"):
        raise Failed(41030)
    if body.get("miniprogram_state", "formal") not in ("developer", "trial", "formal"):
        raise Failed(47003)


def fits_template(name: str, item: Any) -> bool:
    """Whether a template field has a known kind and is not longer than WeChat lets it be."""
    kind = FIELD.fullmatch(name)
    value = item.get("value") if isinstance(item, dict) else None
    return bool(kind and isinstance(value, str) and 1 <= len(value) <= LONGEST[kind[1]])


def picture(wechat: WeChat, request: Request) -> Response:
    """getwxacodeunlimit: a PNG (an ordinary QR code of the scene stands for WeChat's own)."""
    body = wechat.authorised(request)
    scene, page, width = body.get("scene"), body.get("page", ""), body.get("width", 430)
    if not isinstance(scene, str) or not SCENE.fullmatch(scene):
        raise Failed(40129)
    if not isinstance(page, str) or page.startswith("/") or "?" in page:
        raise Failed(41030)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise Failed(47001)
    out = io.BytesIO()
    segno.make(scene, error="m").save(out, kind="png", scale=8)
    return Response(200, out.getvalue(), {"Content-Type": "image/png"})


def check_text(wechat: WeChat, request: Request) -> Response:
    """msg_sec_check 2.0: risky or review where the text holds RISKY or DOUBTFUL."""
    body = wechat.authorised(request)
    content, scene = body.get("content"), body.get("scene")
    if body.get("version") != 2 or isinstance(scene, bool) or scene not in (1, 2, 3, 4):
        raise Failed(47001)
    if not isinstance(content, str) or not 1 <= len(content) <= 2500:
        raise Failed(47001)
    wechat.person_of(body.get("openid"))
    suggest = "risky" if RISKY in content else "review" if DOUBTFUL in content else "pass"
    result = {"suggest": suggest, "label": 100 if suggest == "pass" else 20006}
    return json_response(200, {**OK, "result": result, "detail": [], "trace_id": secrets.token_hex(16)})
