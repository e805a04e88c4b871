"""A merchant's last calls: what came of each, and which part of a signature was wrong. Nobody else's, no bodies."""

from typing import Any

from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import cells
from app.console.answering import Pages, listing
from app.console.guards import console_required, own_merchant
from app.console.nav import Nav
from app.console.tables import Ask, Column, Export, Filter, Table
from app.merchants import calls, queries
from app.merchants.calls import Call

pages = Pages("merchant", "calls", nav=Nav("接口调用", 41, ("manager",)))
SHOWN = 13  # of a request's id: enough to find it in a log
OUTCOMES = {"failed": "未成功", "done": "成功"}
WHY = {
    "signature": "签名值验证不通过：请核对待签名串的五行（方法、路径与查询串、时间戳、随机串、请求体原文）和所用私钥。",
    "nonce": "随机串已经用过：每次请求都要换新的随机串，重试也要重新签名。",
    "malformed:scheme": "签名头不合规范：认证类型应为 "
                        "WECHATPAY2-SHA256-RSA2048 或 WECHATPAY2-SM2-WITH-SM3，总长不超过 2048。",
    "malformed:parts": "签名头不合规范：应恰好有 mchid、nonce_str、signature、timestamp、serial_no 五项，每项一次。",
    "malformed:nonce_str": "签名头不合规范：随机串应为 8 至 64 位字母数字。",
    "malformed:timestamp": "签名头不合规范：时间戳应为 10 位的秒数。",
    "malformed:serial_no": "签名头不合规范：证书序列号应为 8 至 64 位字母数字。",
    "malformed:signature": "签名头不合规范：签名值应为 Base64。",
}


@pages.route("/", methods=["GET", "POST"])
@console_required("merchant", "manager")
def index() -> ResponseReturnValue:
    mchid = queries.get(own_merchant()).mchid
    calls.watch(mchid)
    own = Table("calls", _columns(), lambda ask: (_narrowed(calls.latest(mchid), ask), None), filters=(
        Filter("outcome", "结果", choices=OUTCOMES), Filter("code", "错误码")), per_page=calls.KEPT, sort="-at",
        caption="最近的接口调用", empty="最近 7 天没有验签通过的调用。", export=Export("接口调用"))
    others = Table("unsigned", _columns(), lambda ask: (calls.strangers(mchid), None), per_page=calls.STRANGERS,
                   sort="-at", caption="验签未通过的调用", empty="没有验签未通过的调用。")
    return listing(own, "merchant/calls.html", title="接口调用", unsigned=others.shown({}), mchid=mchid,
                   kept=calls.KEPT, kept_unsigned=calls.STRANGERS)


def words(call: Call) -> str:
    """Why it was refused, in words that say what to do."""
    if call.why.startswith("clock:"):
        apart = call.why.partition(":")[2]
        ahead = "快" if apart.startswith("+") else "慢"
        return f"时间戳比服务器{ahead} {apart[1:]} 秒，最多允许相差 300 秒：请校准贵方服务器的时钟。"
    if call.why.startswith("serial:"):
        return (f"证书序列号（尾号 {call.why.partition(':')[2]}）不是贵商户当前有效的密钥：没有登记、已经吊销、"
                "签名算法与登记的不同，或者商户已暂停。")
    return WHY.get(call.why, call.why) + (f"（{call.field}）" if call.field else "")


def _columns() -> tuple[Column, ...]:
    return (Column("时间", lambda row: f"{row.moment:%m-%d %H:%M:%S}"),
            Column("方法", lambda row: row.method, phone=False),
            Column("路径", lambda row: row.path),
            Column("结果", _outcome), Column("错误码", lambda row: row.code, phone=False),
            Column("请求号", lambda row: row.request_id[:SHOWN], phone=False))


def _outcome(call: Call) -> Markup:
    badge = cells.badge(str(call.status), "good" if call.status < 400 else "bad")
    return Markup("{} {}").format(badge, words(call))


def _narrowed(rows: list[Call], ask: Ask) -> list[Any]:
    outcome, code = ask.values.get("outcome"), ask.values.get("code")
    return [row for row in rows if (outcome is None or (row.status >= 400) == (outcome == "failed"))
            and (code is None or row.code == code.upper())]
