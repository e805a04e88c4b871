"""Usages on their way to the platform: how it stands, and the batches."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.words import BATCHES, DAYS, RECORDS, badge, choices, paged
from app.console.parts import Act, Chart, Section, Tile
from app.console.tables import Column, Export, Filter, Table
from app.feedback import explaining, parking, queries
from app.kernel import clock
from app.staff import queries as staff

pages = Pages("operations", "feedback", nav=Nav("使用反馈", 11, ("operator",)))
LONG_S = 3600  # so old may what is owed become before somebody should look


@pages.get("/")
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    told = queries.health()
    days = queries.per_day(DAYS)
    tiles = [
        Tile("待入批记录", told.owed), Tile("待入批最长（秒）", round(told.owed_lag_s), told.owed_lag_s > LONG_S),
        Tile("报送中记录", told.in_flight), Tile("报送中最长（秒）", round(told.in_flight_lag_s),
                                          told.in_flight_lag_s > LONG_S),
        Tile("今日已接收", told.accepted_today), Tile("今日被拒收", told.rejected_today, told.rejected_today > 0),
        Tile("停发的批次", told.parked_batches, told.parked_batches > 0, url_for(".batches", state="parked")),
        Tile("待更正的记录", told.to_correct, told.to_correct > 0,
             url_for("console_operations_records.index", mended="no"))]
    return page("overview.html", title="使用反馈", tiles=tiles, acts=[
        Act("批次", url_for(".batches")), Act("被拒收与未报送的记录", url_for("console_operations_records.index"))],
        sections=[Section("最近情况", {
            "最早批次的最近错误": told.last_error, "下次报送": told.next_try_at,
            "待入批的等待原因": "；".join(f"{why}：{count}" for why, count in told.waiting.items()) or "无",
            "最近对账一致的日期": told.last_agreed_on,
            "有差异的日期": "、".join(map(str, told.open_days)) or "无"})],
        charts=[Chart("每日反馈结果", [f"{day:%m-%d}" for day, _, _ in days],
                      {"已接收": [accepted for _, accepted, _ in days],
                       "被拒收": [rejected for _, _, rejected in days]}, "bar", "条")])


@pages.route("/batches", methods=["GET", "POST"])
@console_required("operations", "operator")
def batches() -> ResponseReturnValue:
    table = Table("batches", (
        Column("批次号", lambda row: cells.link(row.batch_no, url_for(".batch", batch_no=row.batch_no))),
        Column("状态", lambda row: badge(BATCHES, row.state)),
        Column("记录数", lambda row: row.records, number=True),
        Column("尝试", lambda row: row.attempts, number=True, phone=False),
        Column("最近错误", lambda row: row.last_error),
        Column("下次报送", lambda row: row.next_at if row.state == "ready" else None, phone=False),
        Column("建立时间", lambda row: row.created_at, phone=False),
        Column("了结时间", lambda row: row.settled_at, phone=False),
    ), paged(queries.batch_page), filters=(
        Filter("state", "状态", choices=choices(BATCHES)), Filter("failed", "出过错", choices={"yes": "是"})),
        export=Export("反馈批次", ("对账", "审计")), empty="还没有批次。")
    return listing(table, title="反馈批次")


@pages.get("/batches/<batch_no>")
@console_required("operations", "operator")
def batch(batch_no: str) -> ResponseReturnValue:
    found, records = queries.batch(batch_no)
    acts = []
    if found.state == "ready":
        acts = [Act("停发这一批", url_for(".park", batch_no=batch_no), asks=True, danger=True)]
    elif found.state == "parked":
        acts = [Act("恢复报送", url_for(".unpark", batch_no=batch_no), asks=True)]
    return page("overview.html", title=f"批次 {batch_no}", acts=acts, sections=[
        Section("情况", _facts(found)),
        Section("记录", head=("记录编号", "状态", "原因", "回执号"), rows=[
            (cells.link(each.record_no, url_for("console_operations_records.one", record_no=each.record_no)),
             badge(RECORDS, each.state), explaining.reason(each.reason).words if each.reason else None,
             each.receipt_no) for each in records],
            desk=1, empty="这一批没有自己的记录（为对账重报的记录在原批次中）。")])


def _facts(found: Any) -> dict[str, Any]:
    told = explaining.reason(found.last_error) if found.state == "parked" and found.last_error else None
    return {
        "状态": badge(BATCHES, found.state), "记录数": found.records, "尝试次数": found.attempts,
        "最近一次尝试": found.last_tried_at, "最近错误": found.last_error,
        "含义": told and told.words, "处理": told and told.todo,
        "下次报送": found.next_at if found.state == "ready" else None, "批次回执号": found.receipt_no,
        "停发人": staff.named(found.parked_by) if found.parked_by else None,
        "为哪一天对账重报": found.repairs_on, "最早一次使用": found.oldest_at, "建立时间": found.created_at,
        "了结时间": found.settled_at}


@pages.route("/batches/<batch_no>/park", methods=["GET", "POST"])
@console_required("operations", "operator")
def park(batch_no: str) -> ResponseReturnValue:
    found, _ = queries.batch(batch_no)
    if request.method == "GET":
        return confirm("停发这一批？", "暂不报送这一批，其后的批次照常报送；随时可以恢复，内容不变。", act="停发",
                       back=url_for(".batch", batch_no=batch_no), facts={"批次号": batch_no, "记录数": found.records})
    parking.park(batch_no, g.account.actor)
    notice("已停发。", undo=url_for(".unpark", batch_no=batch_no))
    return to(".batch", batch_no=batch_no)


@pages.route("/batches/<batch_no>/unpark", methods=["GET", "POST"])
@console_required("operations", "operator")
def unpark(batch_no: str) -> ResponseReturnValue:
    found, _ = queries.batch(batch_no)
    if request.method == "GET":
        facts = {"批次号": batch_no, "记录数": found.records, "停发原因": found.last_error,
                 "最早一次使用": f"{found.oldest_at.astimezone(clock.SHANGHAI):%Y-%m-%d}"}
        return confirm("恢复报送？", "以完全相同的内容再次报送。请确认省平台所指的问题已经解决。", act="恢复报送",
                       danger=False, back=url_for(".batch", batch_no=batch_no), facts=facts)
    parking.unpark(batch_no, g.account.actor)
    notice("已恢复，稍后自动报送。", undo=url_for(".park", batch_no=batch_no))
    return to(".batch", batch_no=batch_no)
