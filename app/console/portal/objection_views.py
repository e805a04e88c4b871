"""Objecting to a publicity, by anybody, from the page that shows it."""

import uuid

from flask import request
from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.forms import Form
from app.console.league.nomination_schemas import Objection
from app.console.parts import Section
from app.kernel.guarding import public
from app.volunteers.outstanding import objecting, publicising
from app.volunteers.outstanding.objecting import Words

pages = Pages("portal", "objections")


@pages.route("/<uuid:nomination_id>", methods=["GET", "POST"])
@public
def index(nomination_id: uuid.UUID) -> ResponseReturnValue:
    """Who is objected to stays masked, who objects may stay unknown. Raises NominationUnknown where it isn't shown."""
    shown, form = publicising.publicised(nomination_id), Form(Objection())
    if request.method == "POST" and form.submit(request.form, lambda told: objecting.object_publicly(
            nomination_id, Words(told["text"], told.get("contact", "")), request.remote_addr)):
        return page("overview.html", title="异议已收到",
                    text="公示已暂停，由工作人员复核；结果以公示页面为准。感谢您的监督。")
    return page("overview.html", form.status, title="对公示提出异议", sections=[Section("公示内容", {
        "姓名": shown.name, "推荐单位": shown.organisation,
        "公示": f"{shown.publicised_from} 至 {shown.publicised_to}"}, text=shown.deeds)],
        form=form, form_title="异议", submit="提交异议")
