"""What staff do with a volunteer's entry is written to the trail, where the person sees it: fields, no values."""

from collections.abc import Iterable

from app.staff import organising
from app.staff.scoping import Scope
from app.trail import writing
from app.volunteers.models import Volunteer

FIELDS = {"name": "姓名", "id_number": "身份证号", "phone": "手机号", "region": "地区", "guardian": "监护人",
          "own_income": "以自己的劳动收入为主要生活来源", "agreed_on": "同意核验", "state": "登记状态"}


def note(scope: Scope, volunteer: Volunteer, what: str, purpose: str) -> None:
    """In the caller's transaction; the person reads the organisation's name. `purpose` holds no identity data.

    No citizen is named: the entry is theirs by the volunteer it is about (app/identity/belonging.py).
    """
    writing.record(None, actor=scope.actor, who=organising.name_of(scope.organisation_id), what=what, purpose=purpose,
                   about=f"volunteer:{volunteer.id}")


def changed(fields: Iterable[str]) -> str:
    """更正志愿者登记：姓名、地区"""
    return f"更正志愿者登记：{'、'.join(FIELDS[name] for name in fields)}"
