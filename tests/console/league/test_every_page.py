"""Every page of the League's, today's and tomorrow's, as each of its roles: who is named by the guard is let through.

Break tried: a `console_required` that doesn't look at the roles.
"""

from flask import Flask

from app.staff.models import ROLES
from tests.console.browsing import Some, Visit
from tests.console.test_every_page import address, rules
from tests.volunteers import league


def test_each_role_sees_its_pages_only(app: Flask, someone: Some, visitor: Visit) -> None:
    with app.app_context():
        place = league.made().city.organisation_id
    looked = 0
    for role in ROLES["league"]:
        there = visitor(someone(role, organisation_id=place))
        for rule in rules(app):
            guard = getattr(app.view_functions[rule.endpoint], "guard", "")
            realms = ("console:league", "console:operations") if role == "viewer" else ("console:league",)
            if "GET" not in (rule.methods or ()) or not guard.startswith(realms):
                continue
            named = guard.split(":")[2:]
            if not named and role != "viewer":  # open to all of the League: one of them looks
                continue
            answer = there.get(address(rule), follow=False)
            if guard.startswith("console:operations"):
                assert answer.status_code == 404, rule
            elif named and role not in named[0].split("|"):
                assert answer.status_code == 403, (rule, role)
            elif not rule.arguments:
                assert answer.status_code == 200, (rule, role, answer.status_code)
                looked += 1
            else:
                assert answer.status_code < 500, (rule, role, answer.status_code)
    assert looked > 25
