"""How the connection with the province's platform stands: breakers, windows, clock, keys, what came of calls."""

from typing import Any

from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.words import BREAKERS, DAYS, badge
from app.console.parts import Chart, Section, Tile
from app.console.tables import plain
from app.credit import queries as credit
from app.feedback import explaining
from app.gateways import health
from app.kernel.settings import settings

pages = Pages("operations", "platform", nav=Nav("平台连接", 10, ("operator",)))
CALLS = {"identity": "实名核验", "authorization": "登记授权书", "revocation": "撤销授权书", "grade": "信用等级",
         "report": "信用报告", "batch": "使用反馈", "reconciliation": "对账", "red_list": "红名单列入",
         "red_list_removal": "红名单移出", "initiatives": "联合激励", "initiative_response": "联合激励响应",
         "initiative_feedback": "联合激励反馈"}
HEAD = ("接口", "状态", "连续失败", "自", "最近原因", "本进程最近一次")


@pages.get("/")
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    breakers, holds, alarm = health.shared()
    held = [one for one in breakers if one.state != "closed"]
    tiles = [Tile("断开或试探中的接口", len(held), bool(held)), Tile("平台要求暂停的接口", len(holds), bool(holds)),
             Tile("与省平台时钟相差（秒）", alarm.seconds if alarm else 0, alarm is not None),
             Tile("每秒至多调用（合计）", settings().PLATFORM_RATE_PER_SECOND),
             Tile("公民可下载的信用报告", credit.reports_kept())]
    return page("overview.html", title="平台连接", alarms=health.alarms_with(alarm), tiles=tiles, sections=[
        Section("接口与熔断", head=HEAD, rows=_calls(breakers), desk=3, empty="还没有调用过省平台。",
                text="连续失败后暂停调用并自动试探，恢复后自动继续；无需人工操作。"),
        Section("平台公告的暂停", head=("接口", "原因", "至"), rows=[
            (_named(one.call), _reason(one.code), one.until) for one in holds], empty="没有。"),
        Section("签名与密钥", _keys(),
                text="逐个试调全部接口：flask platform check。密钥文件更换后自动生效，这里只显示编号。"),
        Section("查询未得应答的原因", head=("查询", "原因", "次数"), rows=_failures(),
                text=f"最近 {DAYS} 天。没有应答不影响公民按普通方式办理。", empty="没有失败的查询。"),
    ], charts=[_chart("grade", "信用等级查询"), _chart("report", "信用报告查询")])


def _calls(breakers: list[health.Breaker]) -> list[tuple[Any, ...]]:
    last = health.last("platform")
    return [(_named(one.call), badge(BREAKERS, one.state), one.failures, one.since, _reason(one.code),
             f"{last[one.call].outcome}（{plain(last[one.call].when)}）" if one.call in last else None)
            for one in breakers]


def _named(call: str) -> str:
    if call == "*":
        return "全部接口"
    return f"{CALLS[call]}（{call}）" if call in CALLS else call


def _reason(code: str | None) -> str | None:
    """Our word for a code that we have one for."""
    words = {"MAINTENANCE": "平台维护", "RATE_LIMITED": "超过平台限额", "CLOCK_SKEW": "时钟不一致",
             "NO_ANSWER": "没有应答", "BAD_ANSWER": "应答无效", "INTERNAL": "平台内部错误"}
    return None if code is None else f"{words[code]}（{code}）" if code in words else code


def _keys() -> dict[str, Any]:
    keys, difference = health.keys_in_use(), health.clock_difference()
    told = {"平台地址": settings().PLATFORM_BASE_URL, "我方应用编号": settings().PLATFORM_APP_ID}
    if keys is not None:
        told |= {"套件": keys.suite, "我方签名密钥": keys.client_key_id,
                 "平台公钥": "、".join(keys.platform_key_ids), "数据密钥": keys.data_key_id,
                 "密钥文件": "；".join(keys.problems) or "正常"}
    return told | {"平台时钟减本机": "未知（本进程还没有得到应答）" if difference is None else f"{difference} 秒"}


def _failures() -> list[tuple[Any, ...]]:
    return [(words, _reason(code) if code not in explaining.REASONS else explaining.reason(code).words, count)
            for kind, words in (("grade", "信用等级"), ("report", "信用报告"))
            for code, count in credit.failures(kind, DAYS).items()]


def _chart(kind: str, title: str) -> Chart:
    days = credit.looks_per_day(kind, DAYS)
    return Chart(title, [f"{day:%m-%d}" for day, _, _ in days],
                 {"得到应答": [answered for _, answered, _ in days], "未得应答": [failed for _, _, failed in days]},
                 "bar", "次")
