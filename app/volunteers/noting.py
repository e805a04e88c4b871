"""What staff do with a volunteer's entry: written to the trail, where the person sees it, and told to the person."""

import re
from collections.abc import Iterable
from datetime import datetime

from app.identity import queries as citizens
from app.identity import telling
from app.kernel import clock
from app.kernel.errors import Invalid
from app.kernel.fields import NUMBERS
from app.staff import organising
from app.staff.scoping import Scope
from app.trail import queries as trail
from app.trail import writing
from app.volunteers import looking
from app.volunteers.models import Volunteer

FIELDS = {"name": "姓名", "id_number": "身份证号", "phone": "手机号", "region": "地区", "guardian": "监护人",
          "own_income": "以自己的劳动收入为主要生活来源", "agreed_on": "同意核验", "state": "登记状态"}
REASON_WRONG = "请写明理由，1 至 200 个字，不写证件号码、手机号。"
LONGEST = 200


def note(scope: Scope, volunteer: Volunteer, what: str, purpose: str) -> None:
    """In the caller's transaction; the person reads the organisation's name. `purpose` holds no identity data.

    No citizen is named: the entry is theirs by the volunteer it is about (app/identity/belonging.py).
    """
    writing.record(None, actor=scope.actor, who=organising.name_of(scope.organisation_id), what=what, purpose=purpose,
                   about=f"volunteer:{volunteer.id}")


def history(volunteer: Volunteer, limit: int) -> list[tuple[datetime, str, str]]:
    """What was done to the entry, newest first, looks apart: when, by which organisation, what."""
    return [(entry.at, entry.who, entry.purpose)
            for entry in trail.done_to(f"volunteer:{volunteer.id}", looking.LOOKS, limit)]


def tell(volunteer: Volunteer, result: str) -> None:
    """Owe the person a message, where they use the mini-app: 已通过, 未通过, 已转移, 已退出, 已恢复."""
    citizen = citizens.by_identity_index(volunteer.identity_index)
    if citizen is not None:
        telling.tell(citizen.id, "volunteer_changed", {"result": result, "at": clock.now()})


def changed(fields: Iterable[str]) -> str:
    """更正志愿者登记：姓名、地区"""
    return f"更正志愿者登记：{'、'.join(FIELDS[name] for name in fields)}"


def said(reason: str) -> str:
    """A reason that people read. Raises Invalid."""
    words = reason.strip()
    if not 1 <= len(words) <= LONGEST or "\x00" in words or NUMBERS.search(re.sub(r"[\s-]", "", words)):
        raise Invalid(errors={"json": {"reason": [REASON_WRONG]}})
    return words
