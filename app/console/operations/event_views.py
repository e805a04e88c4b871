"""What the platform told us: every event, and the refused ones' bodies, without anybody's identity."""

import json
from typing import Any

from flask import g, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, listing, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.words import EVENTS, badge, choices
from app.console.parts import Act, Section
from app.console.tables import Ask, Column, Export, Filter, Table
from app.credit import kept_events
from app.kernel.fields import NUMBERS

pages = Pages("operations", "events", nav=Nav("平台事件", 13, ("operator",)))
TYPES = {"grade.changed": "信用等级变更", "record.repaired": "信用修复", "red_list.added": "列入红名单",
         "red_list.removed": "移出红名单", "authorization.revoked": "在平台撤回授权",
         "initiative.issued": "联合激励发起", "usage.disputed": "使用记录异议"}
HIDDEN = {"subject", "name", "id_number", "phone", "openid"}
TODO = {"processed": "无需处理。", "stale": "之后的应答或事件已说明更新的情况，无需处理。",
        "refused": "省平台会在三天内按其节奏再次推送，每次都会重新判断：类型或内容不认识的，请与省平台核对接口版本；"
                   "已处理好的，等待其再次推送即可。"}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("events", (
        Column("编号", lambda row: cells.link(row.event_id, url_for(".one", event_id=row.event_id))),
        Column("类型", lambda row: TYPES.get(row.type, row.type)),
        Column("状态", lambda row: badge(EVENTS, row.state)),
        Column("答复代码", lambda row: row.refusal, phone=False),
        Column("序号", lambda row: row.seq, number=True, phone=False),
        Column("发生时间", lambda row: row.occurred_at, phone=False),
        Column("收到时间", lambda row: row.received_at),
    ), _listed, filters=(Filter("state", "状态", choices=choices(EVENTS)), Filter("type", "类型", choices=TYPES)),
        export=Export("平台事件", ("对账", "审计")), empty="省平台还没有推送过事件。")
    return listing(table, title="平台事件")


@pages.get("/one/<path:event_id>")
@console_required("operations", "operator")
def one(event_id: str) -> ResponseReturnValue:
    return _page(kept_events.one(event_id))


@pages.post("/body/<path:event_id>")
@console_required("operations", "operator")
def body(event_id: str) -> ResponseReturnValue:
    """The kept body; the look is in the trail."""
    told = kept_events.shown(event_id, g.account.actor)
    words = json.dumps(hidden(told["body"]), ensure_ascii=False, indent=2)
    return _page(kept_events.one(event_id), Section("正文（不含身份信息）", text=words))


def hidden(told: Any) -> Any:
    """The same without what tells, or might tell, who somebody is."""
    if isinstance(told, dict):
        return {name: "（不显示）" if name in HIDDEN else hidden(value) for name, value in told.items()}
    if isinstance(told, list):
        return [hidden(value) for value in told]
    return "（不显示）" if NUMBERS.search(str(told)) and not isinstance(told, bool) else told


def _listed(ask: Ask) -> tuple[list[Any], str | None]:
    return kept_events.listed(kept_events.Wanted(ask.values.get("state"), ask.values.get("type")), ask.page)


def _page(row: Any, *more: Section) -> ResponseReturnValue:
    """Of one event; `more` stands below."""
    buttons = [Act("查看正文（留痕）", url_for(".body", event_id=row.event_id))] if row.body_sealed and not more else []
    return page("overview.html", title="平台事件", sections=[Section("情况", {
        "编号": row.event_id, "类型": f"{TYPES.get(row.type, '未知类型')}（{row.type}）",
        "状态": badge(EVENTS, row.state), "答复代码": row.refusal, "序号": row.seq,
        "发生时间": row.occurred_at, "收到时间": row.received_at, "摘要": row.digest, "处理": TODO[row.state]},
        buttons=buttons), *more])
