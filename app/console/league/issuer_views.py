"""What has to be said before the first certificate: who answers for it, and the seal."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, confirm, given, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.certificate_schemas import IssuerTold, SealUpload
from app.console.league.mine import scope
from app.console.parts import Act, Section
from app.staff import organising, queries
from app.staff.scoping import within
from app.volunteers.certificates import issuers, seal_reading
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates.issuers import Answering

OFFICER = "hours_officer"
pages = Pages("league", "issuer")


@pages.get("/")
@console_required("league", OFFICER)
def index() -> ResponseReturnValue:
    mine = scope()
    with within(mine):
        told, seals = certificate_queries.issuer(mine.organisation_id), certificate_queries.seals(mine.organisation_id)
    live = next((each for each in seals if each.retired_at is None), None)
    missing = [words for words, there in (("负责人、经办人和联系方式", told), ("印章图片", live)) if there is None]
    answering = {} if told is None else {"负责人": told.responsible, "经办人": told.handler, "联系方式": told.contact,
                                         "自助出具": "是" if told.self_service else "否，逐份办理",
                                         "填写人": queries.named(told.said_by), "填写时间": told.said_at}
    buttons = (Act("停用印章", url_for(".retire"), asks=True, danger=True),) if live else ()
    return page("overview.html", title="证明设置", text=organising.name_of(mine.organisation_id),
                alarms=[f"还不能出具证明，缺少：{'、'.join(missing)}。"] if missing else [],
                sections=[Section("出具信息", answering, text="" if told else "还没有填写。",
                                  acts=(Act("填写", url_for(".state")),)),
                          Section("印章", head=("上传时间", "上传人", "停用时间", "指纹"), desk=2, rows=[
                              (each.put_at, queries.named(each.put_by), each.retired_at, each.digest[:16])
                              for each in seals], empty="还没有上传印章。",
                              acts=(Act("上传印章", url_for(".seal")), *buttons))])


@pages.route("/state", methods=["GET", "POST"])
@console_required("league", OFFICER, fresh=True)
def state() -> ResponseReturnValue:
    with within(scope()):
        told = certificate_queries.issuer(scope().organisation_id)
    form = Form(IssuerTold(), {} if told is None else {
        "responsible": told.responsible, "handler": told.handler, "contact": told.contact,
        "self_service": told.self_service})
    if request.method == "POST" and form.submit(request.form, lambda data: issuers.state(scope(), Answering(**data))):
        notice("已保存，今后出具的证明照此印制。")
        return to(".index")
    return page("form.html", form.status, title="填写出具信息", form=form, submit="保存", back=url_for(".index"))


@pages.route("/seal", methods=["GET", "POST"])
@console_required("league", OFFICER, fresh=True)
def seal() -> ResponseReturnValue:
    form = Form(SealUpload())
    if request.method == "POST" and form.submit(given(), lambda data: issuers.put_seal(
            scope(), data["picture"].read(seal_reading.MOST_BYTES + 1))):
        notice("已上传，今后出具的证明用这枚印章；以前的证明不变。")
        return to(".index")
    return page("form.html", form.status, title="上传印章", form=form, submit="上传", back=url_for(".index"),
                most=seal_reading.MOST_BYTES, text="图片由系统重新绘制后加密保存，只印在证明上。")


@pages.route("/retire", methods=["GET", "POST"])
@console_required("league", OFFICER, fresh=True)
def retire() -> ResponseReturnValue:
    if request.method == "GET":
        return confirm("停用印章？", "停用后不能再出具证明，直到上传新的印章；以前的证明不变。", act="停用",
                       back=url_for(".index"))
    issuers.retire_seal(scope())
    notice("已停用。")
    return to(".index")
