"""Certificates at the League's console: the list, what was asked for, issuing, printing, voiding, issuing anew."""

import uuid
from datetime import timedelta
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, attachment, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.certificate_schemas import EndCertificate, IssueCertificate
from app.console.league.mine import listed, scope
from app.console.nav import Nav
from app.console.operations.words import badge, choices
from app.console.parts import Act, Section, Tile
from app.console.tables import Column, Export, Filter, Table, equals, since, until
from app.identity import names
from app.kernel import clock
from app.staff import organising
from app.staff.scoping import Scope, within
from app.volunteers import looking, register_queries
from app.volunteers.certificates import certifying, handing_out
from app.volunteers.certificates import checking as checking_certificates
from app.volunteers.certificates import ending as ending_certificates
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.certificates.certifying import Wish
from app.volunteers.certificates.texts import Text

OFFICER, PRINTERS = "hours_officer", ("hours_officer", "reviewer")
pages = Pages("league", "certificates", nav=Nav("证明", 40))
STATES = {"asked": ("待出具", "wait"), "refused": ("未出具", ""), "issued": ("有效", "good"),
          "voided": ("已作废", "bad"), "superseded": ("已换发", "")}
SOURCES = {"citizen": "本人申请", "staff": "单位出具"}
PURPOSES = ("年度核对", "上级检查")
SHOWN, AWAY = 10, "已转出"


@pages.route("/", methods=["GET", "POST"])
@console_required("league")
def index() -> ResponseReturnValue:
    table = Table("certificates", (
        Column("证明编号", lambda row: cells.whole(_number(row), url_for(".one", certificate_id=row.id))),
        Column("志愿者", lambda row: row.volunteer_no or AWAY, phone=False),
        Column("单位", lambda row: organising.name_of(row.organisation_id), phone=False),
        Column("期间", lambda row: f"{row.period_from} 至 {row.period_to}", phone=False),
        Column("分钟", lambda row: row.minutes, number=True, phone=False),
        Column("来源", lambda row: SOURCES[row.source], phone=False),
        Column("状态", lambda row: badge(STATES, row.state)),
        Column("时间", lambda row: row.created_at, sort="created_at", phone=False),
    ), listed(certificate_queries.listed), filters=(
        Filter("state", "状态", equals("state"), choices(STATES)),
        Filter("source", "来源", equals("source"), SOURCES),
        Filter("number", "证明编号", lambda c, value: c.certificate_no == (certificate_text.read_number(value) or "")),
        Filter("volunteer", "志愿者编号", equals("volunteer_no")),
        Filter("from", "自", since("created_at"), day=True), Filter("to", "至", until("created_at"), day=True)),
        sort="-created_at", empty="还没有证明。在志愿者的页面上出具，或由本人在小程序申请。",
        export=Export("志愿服务证明", PURPOSES, told_to_each))
    return listing(table, title="志愿服务记录证明", actions=[("证明设置", url_for("console_league_issuer.index"))])


@pages.get("/<uuid:certificate_id>")
@console_required("league")
def one(certificate_id: uuid.UUID) -> ResponseReturnValue:
    mine = scope()
    found, volunteer, text = handing_out.read(mine, certificate_id)
    with within(mine):
        newer = certificate_queries.replaced_by(found.id)
        older = certificate_queries.number_of(found.replaces_id)
    linked = volunteer and cells.link(volunteer.volunteer_no,
                                      url_for("console_league_volunteers.one", volunteer_id=volunteer.id))
    told = {
        "状态": badge(STATES, found.state), "证明编号": _number(found), "志愿者": linked or AWAY,
        "来源": SOURCES[found.source],
        "期间": f"{found.period_from} 至 {found.period_to}", "说明": found.note, "申请时间": found.created_at,
        "出具时间": found.issued_at, "换发自": certificate_text.shown_number(older) if older else None,
        "换发为": newer and newer.certificate_no and certificate_text.shown_number(newer.certificate_no),
        "结束时间": found.ended_at, "原因": found.end_reason}
    sections = [Section("证明", {name: value for name, value in told.items() if value},
        acts=_acts(found), buttons=_buttons(found))]
    return page("overview.html", title="志愿服务记录证明", sections=[*sections, *(_text(found, text) if text else ())])


@pages.route("/new/<uuid:volunteer_id>", methods=["GET", "POST"])
@console_required("league", OFFICER)
def new(volunteer_id: uuid.UUID) -> ResponseReturnValue:
    with within(scope()):
        volunteer_no = register_queries.one(scope(), volunteer_id).volunteer_no
    today = clock.today()
    form = Form(IssueCertificate(), {"period_from": (today - timedelta(days=365)).isoformat(),
                                     "period_to": today.isoformat()})
    if request.method == "POST" and form.submit(request.form, lambda told: certifying.issue(
            scope(), volunteer_id, Wish(told["period_from"], told["period_to"], told["note"].strip()))):
        notice("已出具，免费。可以打印，或请本人在小程序下载。")
        return to(".one", certificate_id=form.result.id)
    return page("form.html", form.status, title=f"出具证明：{volunteer_no}", form=form, submit="出具",
                back=url_for("console_league_volunteers.one", volunteer_id=volunteer_id),
                text="内容取自期间内已确认的服务记录，不能手工填写。")


@pages.route("/<uuid:certificate_id>/issue", methods=["GET", "POST"])
@console_required("league", OFFICER)
def issue(certificate_id: uuid.UUID) -> ResponseReturnValue:
    """What its volunteer has asked for."""
    if request.method == "GET":
        return confirm("出具这份证明？", "内容取自期间内已确认的服务记录；出具后本人可以在小程序下载。", act="出具",
                       danger=False, back=url_for(".one", certificate_id=_known(certificate_id)))
    certifying.answer(scope(), certificate_id)
    notice("已出具，本人可以下载。")
    return to(".one", certificate_id=certificate_id)


@pages.route("/<uuid:certificate_id>/refuse", methods=["GET", "POST"])
@console_required("league", OFFICER)
def refuse(certificate_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(EndCertificate())
    if request.method == "POST" and form.submit(request.form, lambda told: certifying.refuse(
            scope(), certificate_id, told["reason"])):
        notice("未出具，本人能看到原因。")
        return to(".index")
    return confirm("不出具？", "本人能看到原因，之后可以重新申请。", act="不出具", form=form,
                   back=url_for(".one", certificate_id=_known(certificate_id)))


@pages.route("/<uuid:certificate_id>/void", methods=["GET", "POST"])
@console_required("league", OFFICER)
def void(certificate_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(EndCertificate())
    if request.method == "POST" and form.submit(request.form, lambda told: ending_certificates.void(
            scope(), certificate_id, told["reason"])):
        notice("已作废。查验网页从现在起显示已作废。")
        return to(".one", certificate_id=certificate_id)
    return confirm("作废这份证明？", "作废后不能恢复，查验网页立即显示已作废；内容有误的，请用“换发”。", act="作废",
                   form=form, back=url_for(".one", certificate_id=_known(certificate_id)))


@pages.route("/<uuid:certificate_id>/reissue", methods=["GET", "POST"])
@console_required("league", OFFICER)
def reissue(certificate_id: uuid.UUID) -> ResponseReturnValue:
    form = Form(EndCertificate())
    if request.method == "POST" and form.submit(request.form, lambda told: ending_certificates.reissue(
            scope(), certificate_id, told["reason"])):
        notice("已换发，原证明同时失效。")
        return to(".one", certificate_id=form.result.id)
    return confirm("换发？", "按同一期间现在的服务记录出具新证明，注明换发自哪一份；原证明同时失效。", act="换发",
                   form=form, danger=False, back=url_for(".one", certificate_id=_known(certificate_id)))


@pages.post("/<uuid:certificate_id>/file")
@console_required("league", *PRINTERS)
def file(certificate_id: uuid.UUID) -> ResponseReturnValue:
    """Posted, since the paper holds the whole identity and its volunteer sees that it was printed."""
    return attachment(handing_out.to_staff(scope(), certificate_id), "志愿服务记录证明.pdf", "application/pdf")


def sections(mine: Scope, volunteer: Any) -> list[Section]:
    """For the volunteer's page; within the scope."""
    rows = [(cells.link(_number(each), url_for("console_league_certificates.one", certificate_id=each.id)),
             badge(STATES, each.state), f"{each.period_from} 至 {each.period_to}", each.created_at)
            for each in certificate_queries.seen_of_volunteer(mine, volunteer.id, SHOWN)]
    act = Act("出具证明", url_for("console_league_certificates.new", volunteer_id=volunteer.id))
    may = OFFICER in mine.roles and volunteer.state == "registered"
    return [Section("志愿服务记录证明", head=("证明编号", "状态", "期间", "时间"), rows=rows, desk=2,
                    empty="还没有出具过证明。", acts=(act,) if may else ())]


def told_to_each(rows: list[Any], purpose: str) -> None:
    """An export is a look at everybody in it."""
    looking.look_each(scope(), [row.volunteer_id for row in rows if row.volunteer_no], purpose, looking.LISTED)


def waiting(mine: Scope) -> list[Tile]:
    """For the League's first page."""
    if OFFICER not in mine.roles:
        return []
    count = certificate_queries.asked_for(mine)
    return [Tile("待出具的证明", count, count > 0, url_for("console_league_certificates.index", state="asked"))]


def _known(certificate_id: uuid.UUID) -> uuid.UUID:
    with within(scope()):
        return certifying.known(scope(), certificate_id).id


def _number(row: Any) -> str:
    return certificate_text.shown_number(row.certificate_no) if row.certificate_no else "尚无编号"


def _acts(found: Any) -> tuple[Act, ...]:
    if OFFICER not in g.account.roles:
        return ()
    told = {"asked": (("出具", "issue", False), ("不出具", "refuse", True)),
            "issued": (("换发", "reissue", False), ("作废", "void", True))}.get(found.state, ())
    return tuple(Act(words, url_for(f".{view}", certificate_id=found.id), asks=True, danger=danger)
                 for words, view, danger in told)


def _buttons(found: Any) -> tuple[Act, ...]:
    if found.state != "issued" or not g.account.roles & set(PRINTERS):
        return ()
    return (Act("打印 PDF（留痕）", url_for(".file", certificate_id=found.id)),)


def _text(found: Any, text: Text) -> list[Section]:
    """What the paper says, its person masked; the paper itself is printed."""
    return [Section("内容", {
        "姓名": names.masked(text.name), "证件": f"{text.id_kind} {checking_certificates.masked(text.id_number)}",
        "服务时长": certificate_text.duration(text.minutes), "出具单位": text.issuer, "负责人": text.responsible,
        "经办人": text.handler, "联系方式": text.contact, "校验码": certificate_text.check_code(found)}),
        Section("服务内容", head=("活动", "时长", "自", "至"), desk=2, rows=[
            (line.activity, certificate_text.duration(line.minutes), line.first, line.last) for line in text.lines])]
