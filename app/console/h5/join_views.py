"""Applying to join, by anybody: the form, how it stands by receipt and phone's tail, and adding what is missing."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, given, page, to
from app.console.forms import Form
from app.console.h5.schemas import Apply, Look, Supplement
from app.kernel.guarding import public
from app.kernel.settings import settings
from app.merchants import joining
from app.merchants.joining import PAPERS, Contact, NewApplication

pages = Pages("join")
STATES = {"submitted": ("审核中", "wait"), "asked": ("待补充", "wait"), "approved": ("已通过", "good"),
          "refused": ("未通过", "bad")}


@pages.route("/", methods=["GET", "POST"])
@public
def index() -> ResponseReturnValue:
    form = Form(Apply())
    if request.method == "POST" and form.submit(given(), lambda told: joining.apply(
            _application(told), request.remote_addr)):
        return to(".status", application_no=form.result.application_no)
    return page("join/apply.html", form.status, title="申请入驻", form=form, most=settings().UPLOAD_LIMIT_BYTES)


@pages.route("/status", methods=["GET", "POST"])
@public
def status() -> ResponseReturnValue:
    """A receipt with its way back; with the phone's last four digits, how the application stands."""
    number = request.args.get("application_no", "")
    receipt = number if joining.NUMBER.fullmatch(number) else ""
    form = Form(Look(), {"application_no": receipt})
    if request.method == "POST" and form.submit(request.form, lambda told: joining.look(
            told["application_no"], told["tail"])):
        return _standing(form.result, request.form["tail"])
    return page("join/look.html", form.status, title="入驻申请进度", form=form, receipt=receipt)


@pages.route("/<application_no>/supplement", methods=["GET", "POST"])
@public
def supplement(application_no: str) -> ResponseReturnValue:
    if request.method == "GET":
        return to(".status", application_no=application_no)
    form = Form(Supplement())
    if form.submit(given(), lambda told: joining.supplement(
            application_no, told["tail"], told.get("words", ""), _papers(told))):
        return _standing(joining.look(application_no, request.form["tail"]), request.form["tail"],
                         said="已提交，请等待审核。")
    return page("join/supplement.html", form.status, title="补充入驻申请", form=form,
                most=settings().UPLOAD_LIMIT_BYTES, back=url_for(".status", application_no=application_no))


def _standing(application: Any, tail: str, said: str = "") -> ResponseReturnValue:
    words, look = STATES[application.state]
    form = Form(Supplement(), {"tail": tail}) if application.state == "asked" else None
    return page("join/standing.html", title="入驻申请进度", shown=application, state=words, look=look, form=form,
                said=said, most=settings().UPLOAD_LIMIT_BYTES)


def _application(told: Mapping[str, Any]) -> NewApplication:
    return NewApplication(
        told["name"].strip(), told["uscc"].strip().upper(), told["kind"], told["region"], told["plan"],
        Contact(told["contact_name"].strip(), told["contact_phone"]), _papers(told), told["sure"])


def _papers(told: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: told[name].read() for name in PAPERS if name in told}
