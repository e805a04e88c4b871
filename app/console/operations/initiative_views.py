"""Joint incentives that the platform initiates: the list, one of them, our response, the months fed back."""

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import queries as benefits
from app.console import cells
from app.console.answering import Pages, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.operations.platform_schemas import Decline, FeedBack, accepting
from app.console.operations.words import INITIATIVES, OFFERS, RED_LISTS, badge, choices, paged
from app.console.parts import Act, Chart, Section
from app.console.tables import Column, Export, Filter, Table
from app.feedback import explaining, feeding_back, initiative_queries, initiatives, responding
from app.feedback.initiative_queries import Listed, Whole
from app.kernel import clock
from app.merchants import queries as merchants
from app.staff import queries as staff

pages = Pages("operations", "initiatives", nav=Nav("联合激励", 14, ("operator",)))
HEAD = ("月份", "受益人数", "使用次数", "减免（元）", "省平台", "说明")


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", "operator")
def index() -> ResponseReturnValue:
    table = Table("initiatives", (
        Column("事项", _link),
        Column("编号", lambda row: row.initiative.initiative_no, phone=False),
        Column("状态", lambda row: badge(INITIATIVES, row.state)),
        Column("响应期限", due_of),
        Column("文号", lambda row: row.initiative.document_no, phone=False),
        Column("发起时间", lambda row: row.initiative.issued_at, phone=False),
        Column("结束时间", lambda row: row.initiative.ends_at, phone=False),
    ), paged(initiative_queries.listed), filters=(
        Filter("q", "名称、编号或文号"), Filter("state", "状态", choices=choices(INITIATIVES))),
        export=Export("联合激励", ("工作考核", "审计")), empty="省平台还没有发起联合激励。")
    polled = initiative_queries.polling()
    sections = [Section("需要尽快响应", head=("事项", "响应期限"), rows=[
        (_link(each), due_of(each)) for each in initiative_queries.due()], empty="没有。")]
    if polled is not None and polled.last_error:
        sections.insert(0, Section("取数情况", {"最近取到最新": polled.polled_at, "最近错误": polled.last_error,
                                            "下次": polled.next_at}))
    return listing(table, "overview.html", title="联合激励", table_title="全部发起", sections=sections, acts=[
        Act("每月反馈", url_for(".months"))])


@pages.get("/one/<path:initiative_no>")
@console_required("operations", "operator")
def one(initiative_no: str) -> ResponseReturnValue:
    whole = initiative_queries.whole(initiative_no)
    told, months = whole.listed.initiative, list(reversed(whole.feedbacks))
    labels = [each.period for each in months]
    charts = [Chart("每月使用", labels, {"受益人数": [each.beneficiaries for each in months],
                                     "使用次数": [each.usages for each in months]}),
              Chart("每月减免", labels, {"减免": [each.waived_fen / 100 for each in months]}, unit="元")]
    alarms = ["省平台以同一发起时间推送过不同的内容，现按先到的办理；请与发起单位核对以哪一份为准。"] \
        if told.differing is not None else []
    return page("overview.html", title=told.title, alarms=alarms, acts=_acts(whole.listed), sections=[
        Section("发起", _facts(whole.listed)), *_response(whole), _offers(whole), *_templates(whole), *_months(whole)],
        charts=charts if months else [])


@pages.route("/accept/<path:initiative_no>", methods=["GET", "POST"])
@console_required("operations", "operator")
def accept(initiative_no: str) -> ResponseReturnValue:
    found = initiatives.get(initiative_no)
    offers = benefits.measures_for(initiative_no)
    form = Form(accepting({each.code: _words(each) for each in offers}),
                {"measures": [each.code for each in offers if each.initiative_no == initiative_no]})
    if request.method == "POST" and form.submit(request.form, lambda told: responding.accept(
            initiative_no, told["measures"], g.account.actor)):
        notice("已接受，响应将自动发送到省平台。")
        return to(".one", initiative_no=initiative_no)
    return page("form.html", form.status, title=f"接受：{found.title}", form=form, submit="接受并响应",
                back=url_for(".one", initiative_no=initiative_no),
                text=f"平台提出的措施：{'；'.join(found.measures) or '未列'}。请选择本平台采取的权益。"
                if offers else "还没有可作为措施的权益：请先返回，照现有权益设立一项。")


@pages.route("/decline/<path:initiative_no>", methods=["GET", "POST"])
@console_required("operations", "operator")
def decline(initiative_no: str) -> ResponseReturnValue:
    found = initiatives.get(initiative_no)
    form = Form(Decline())
    if request.method == "POST" and form.submit(request.form, lambda told: responding.decline(
            initiative_no, told["reason"], g.account.actor)):
        notice("已回复不接受，将自动发送到省平台。")
        return to(".one", initiative_no=initiative_no)
    return page("form.html", form.status, title=f"不接受：{found.title}", form=form, submit="不接受并说明理由",
                back=url_for(".one", initiative_no=initiative_no), text="响应只能作出一次，不能更改。")


@pages.route("/months", methods=["GET", "POST"])
@console_required("operations", "operator")
def months() -> ResponseReturnValue:
    table = Table("months", (
        Column("月份", lambda row: row.period),
        Column("发起编号", lambda row: cells.link(row.initiative_no, url_for(".one", initiative_no=row.initiative_no))),
        Column("受益人数", lambda row: row.beneficiaries, number=True),
        Column("使用次数", lambda row: row.usages, number=True),
        Column("减免（元）", lambda row: cells.yuan(row.waived_fen), number=True),
        Column("省平台", lambda row: answered(row)),
        Column("计算时间", lambda row: row.computed_at, phone=False),
    ), paged(initiative_queries.feedbacks), filters=(
        Filter("period", "月份（如 2026-11）"), Filter("initiative_no", "发起编号"),
        Filter("unanswered", "只看未报妥", choices={"yes": "是"})),
        export=Export("联合激励每月反馈", ("工作考核", "审计")), empty="还没有反馈：接受后每月初自动计算并报送上月。")
    return listing(table, title="联合激励每月反馈")


@pages.route("/feedback/<path:initiative_no>", methods=["GET", "POST"])
@console_required("operations", "operator")
def feedback(initiative_no: str) -> ResponseReturnValue:
    found = initiatives.get(initiative_no)
    form = Form(FeedBack(), {"period": f"{clock.today():%Y-%m}"})
    if request.method == "POST" and form.submit(request.form, lambda told: feeding_back.feed_back(
            initiative_no, told["period"], told.get("note"))):
        notice("已计算，将自动报送省平台；该月结束后会以整月数据再报一次。")
        return to(".one", initiative_no=initiative_no)
    return page("form.html", form.status, title=f"反馈：{found.title}", form=form, submit="计算并报送",
                back=url_for(".one", initiative_no=initiative_no),
                text="每月初自动报送上月；这里用于提前报送、重新计算或补充说明。")


def due_of(row: Listed) -> Any:
    """Until when to respond, and what staff were warned of."""
    at = f"{row.initiative.respond_by.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    if row.state == "overdue":
        return cells.badge(f"已逾期 {at}", "bad")
    if row.state == "open" and row.warned is not None:
        return cells.badge(f"不足 {row.warned} 个工作日 {at}", "bad" if row.warned == 1 else "wait")
    return at


def answered(row: Any) -> Any:
    """What became of a month's figures at the platform."""
    if row.answered_revision >= row.revision:
        return cells.badge("已接收", "good")
    return cells.badge(f"被拒（{row.code}）", "bad") if row.code else cells.badge("待报送", "wait")


def _link(row: Listed) -> Any:
    return cells.link(row.initiative.title, url_for(".one", initiative_no=row.initiative.initiative_no))


def _offer_link(offer: Any) -> Any:
    return cells.link(offer.title, url_for("console_operations_offers.one", offer_id=offer.id))


def _words(offer: Any) -> str:
    return f"{offer.title}（{offer.code}，{OFFERS[offer.state][0]}）"


def _acts(row: Listed) -> list[Act]:
    number = row.initiative.initiative_no
    if row.state == "open":
        return [Act("接受", url_for(".accept", initiative_no=number)),
                Act("不接受", url_for(".decline", initiative_no=number), asks=False, danger=True)]
    accepted = row.state == "accepted" and row.response is not None and row.response.state == "answered"
    return [Act("立即反馈一个月", url_for(".feedback", initiative_no=number))] if accepted else []


def _facts(row: Listed) -> dict[str, Any]:
    told = row.initiative
    return {"编号": told.initiative_no, "状态": badge(INITIATIVES, row.state), "文号": told.document_no,
            "响应期限": due_of(row), "名单": told.red_list and RED_LISTS.get(told.red_list, told.red_list),
            "信用等级": "、".join(told.grades) or "不限", "地区": "、".join(told.regions) or "不限",
            "平台提出的措施": "；".join(told.measures), "发起时间": told.issued_at, "结束时间": told.ends_at}


def _response(whole: Whole) -> list[Section]:
    said = whole.listed.response
    if said is None:
        return []
    told = explaining.reason(said.code) if said.code else None
    sent = {"owed": ("待发送", "wait"), "answered": ("平台已收到", "good"), "refused": ("被平台拒收", "bad")}
    return [Section("我方响应", {
        "响应": "接受" if said.response == "accepted" else "不接受", "措施": "、".join(said.measures),
        "理由": said.reason, "发送": badge(sent, said.state), "平台答复": said.status or said.code,
        "含义": told and told.words, "响应人": staff.named(said.responded_by), "响应时间": said.responded_at})]


def _offers(whole: Whole) -> Section:
    names = merchants.many({each.merchant_id for each in whole.offers})
    return Section("据此设立的权益", head=("编码", "名称", "商户", "状态", ""), rows=[
        (each.code, _offer_link(each), names[each.merchant_id].name, badge(OFFERS, each.state),
         cells.act("开放", url_for("console_operations_initiative_offers.open_", offer_id=each.id))
         if each.state == "draft" else None) for each in whole.offers], empty="还没有。")


def _templates(whole: Whole) -> list[Section]:
    """Offers that hold where the initiative does: one click takes one as the pattern, the second makes the draft."""
    told = whole.listed.initiative
    if told.ends_at <= clock.now() or whole.listed.state == "declined":
        return []
    found = [each for each in benefits.measures_for(told.initiative_no) if each.initiative_no is None]
    names = merchants.many({each.merchant_id for each in found})
    return [Section("照现有权益设立", head=("名称", "商户", "区划", ""), rows=[
        (each.title, names[each.merchant_id].name, each.region, cells.act("照此设立", url_for(
            "console_operations_initiative_offers.make", code=each.code, initiative_no=told.initiative_no)))
        for each in found[:50]], empty="还没有权益可以参照：请商户先拟一项。",
        text="新权益只面向这次发起的名单、等级和地区，到发起结束为止；先是草稿。")]


def _months(whole: Whole) -> list[Section]:
    if whole.listed.response is None or whole.listed.response.response != "accepted":
        return []
    return [Section("每月反馈", head=HEAD, rows=[
        (each.period, each.beneficiaries, each.usages, cells.yuan(each.waived_fen), answered(each), each.note)
        for each in whole.feedbacks], empty="每月初自动计算并报送上月。")]
