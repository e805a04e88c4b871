"""Registering one person."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import validate

from app.console.answering import Pages, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.league.mine import scope
from app.console.league.register_schemas import Enrol, EnrolInto, person_of
from app.console.nav import Nav
from app.console.parts import Act
from app.staff import organising
from app.volunteers import registering
from app.volunteers.registering import Enrolled

REGISTRAR = "registrar"
pages = Pages("league", "register", nav=Nav("登记", 12, (REGISTRAR,)))
DONE = {"new": "已登记。", "changed": "此人已在册，信息已按这次填写的更新。",
        "same": "此人已在册，信息与这次填写的一致。"}


@pages.route("/", methods=["GET", "POST"])
@console_required("league", REGISTRAR)
def index() -> ResponseReturnValue:
    form = Form(_schema(), {"region": organising.within("/", scope().organisation_id).region})
    if request.method == "POST" and form.submit(request.form, _enrol):
        done: Enrolled = form.result
        notice(DONE[done.outcome])
        return to("console_league_volunteers.one", volunteer_id=done.volunteer_id)
    return page("overview.html", form.status, title="登记志愿者", form=form, submit="登记",
                text="一人一条登记：已在本机构及下级登记的会更新，已在其他机构登记的请申请转入。",
                acts=[Act("批量导入", url_for("console_league_imports.upload", kind="volunteers")),
                      Act("申请转入", url_for("console_league_transfers.ask"))])


def _enrol(told: dict[str, Any]) -> Enrolled:
    return registering.enrol(scope(), person_of(told), told.get("into"))


def _schema() -> Enrol:
    """With a choice of organisations where there is one."""
    below = organising.subtree(organising.within("/", scope().organisation_id).path)
    if len(below) == 1:
        return Enrol()
    made = EnrolInto()
    made.fields["into"].validators = [validate.OneOf([each.id for each in below],
                                                     labels=[each.name for each in below])]  # of this form alone
    return made
