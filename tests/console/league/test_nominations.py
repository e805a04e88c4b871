"""The way to the list by the League's pages: a browser's morning on a desk and on a phone, and what pages refuse.

Breaks tried: acts shown to whoever looks (the viewer's page then has buttons). What crosses between counties is heard
by tests/adversary/test_counties.py.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.kernel import clock
from app.kernel.db import transaction
from app.volunteers.outstanding import exiting, listing, objecting, publicising
from app.volunteers.outstanding.models import Nomination
from tests.benefits import ground as citizens
from tests.console.browsing import Visitor, words
from tests.console.watching import DESK, PHONE, Served, log_in, serious, watching
from tests.staff.people import Person, made
from tests.volunteers import outstanding_ground
from tests.volunteers.objections import SAID

BASE = "/console/league"
SOME = {"desk", "campaign", "nomination", "hearing", "objection"}
WHOLE = bool(os.environ.get("CONSOLE_IMAGES")) or os.environ.get("PROOF") == "full"




@pytest.fixture
def scene(app: Any) -> dict[str, Any]:
    """One objected to, one being heard, one that waits for the county, and one for the province's list officers."""
    with app.app_context():
        tree = outstanding_ground.league()
        campaign = outstanding_ground.campaign(tree, {"east": 9, "city": 9})
        found = []
        for number, state in ((1, "publicised"), (2, "publicised"), (3, "at_county"), (4, "approved")):
            person = citizens.person(number)
            found.append(outstanding_ground.at(tree, campaign, outstanding_ground.volunteer(person, days=24), person,
                                               state))
        objection = objecting.object_publicly(found[0].id, SAID, "198.51.100.7")
        with transaction() as s:
            row = s.get(Nomination, found[1].id)
            assert row is not None
            row.publicised_from = row.publicised_to = clock.today() - timedelta(days=1)
        publicising.close_due()
        officer, today = tree.who("province", "list_officer"), clock.today()
        listing.put(officer, found[1].id, listing.Entry("示例团发〔2026〕1号", today, today + timedelta(days=365)))
        exiting.open_hearing(officer, found[1].id, "服务记录经查不实", "评定办法第十二条")
        return {"tree": tree, "campaign": campaign.id, "objection": objection.id,
                "objected": found[0].id, "heard": found[1].id, "county": found[2].id}


def account(app: Any, scene: dict[str, Any], place: str, role: str) -> Person:
    return made(app, role, organisation_id=getattr(scene["tree"], place).id)


def test_a_morning_on_a_desk_and_on_a_phone(app: Any, served: Served, browser: Any, scene: dict[str, Any]) -> None:
    """Settles an objection by keyboard and reads the matter's pages (all with CONSOLE_IMAGES or PROOF=full); each fits,
    and axe finds nothing serious.
    """
    who = account(app, scene, "province", "list_officer")
    told = {"login": who.login, "password": who.password, "totp_secret": str(who.secret)}
    paths = {"desk": "desk/", "campaigns": "campaigns/", "campaign": f"campaigns/{scene['campaign']}",
             "make-campaign": "campaigns/make", "nominations": "nominations/",
             "nomination": f"nominations/{scene['objected']}", "hearing": f"nominations/{scene['heard']}",
             "publicity": "lists/", "exits": "lists/exits", "objections": "objections/",
             "objection": f"objections/{scene['objection']}"}
    paths = {name: path for name, path in paths.items() if WHOLE or name in SOME}
    found, cookies = {}, []
    for size, width in ((DESK, "desk"), (PHONE, "phone")):
        with watching(browser, served, size, cookies) as there:
            cookies = cookies or log_in(there, told)
            for name, path in paths.items():
                assert there.go(f"{BASE}/{path}").status == 200, path
                there.fits()
                if (name, width) != ("desk", "phone") and name in {"desk", "nomination"}:
                    there.picture(f"league-{name}-{width}")
                if width == "phone":
                    found[name] = serious(there)
            if width == "desk":
                settled(there, scene)
            there.quiet()
    assert {page: problems for page, problems in found.items() if problems} == {}
    with app.app_context():
        assert outstanding_ground.fresh(Nomination(id=scene["objected"])).state == "publicised"


def settled(there: Any, scene: dict[str, Any]) -> None:
    """Without a mouse."""
    there.go(f"{BASE}/objections/{scene['objection']}/settle")
    there.page.focus("#f-outcome")
    there.page.keyboard.press("ArrowDown")
    there.page.keyboard.press("Tab")
    there.page.keyboard.type("经核实与事实不符")
    there.page.keyboard.press("Tab")
    there.page.keyboard.press("Enter")
    there.page.wait_for_selector("[data-toast] >> text=已办结")


def test_who_sees_which_acts(app: Any, scene: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    page = f"{BASE}/nominations/{scene['county']}"
    reviewer, viewer, above = (visitor(account(app, scene, place, role)) for place, role in (
        ("east", "reviewer"), ("east", "viewer"), ("city", "reviewer")))
    assert "审核通过" in words(reviewer.get(page))
    assert "审核通过" not in words(viewer.get(page))
    assert "审核通过" not in words(above.get(page))
    assert viewer.post(f"{page}/forward").status_code == 403
    assert above.post(f"{page}/refuse", {"reason": "不符合条件"}).status_code == 409
    assert visitor(account(app, scene, "west", "reviewer")).get(page).status_code == 404
    assert "还有条件" not in words(reviewer.post(f"{page}/evaluate", page=page))
    assert "市级审核中" in words(reviewer.post(f"{page}/forward"))
    home = words(above.get(f"{BASE}/"))
    assert "待我审核" in home


def test_what_the_forms_refuse(app: Any, scene: dict[str, Any], visitor: Callable[..., Visitor]) -> None:
    officer = visitor(account(app, scene, "province", "list_officer"))
    today = clock.today()
    told = {"year": today.year, "name": "评定", "opens_on": today, "closes_on": today}
    assert "不能放宽" in words(officer.post(f"{BASE}/campaigns/make", {**told, "min_hours": 1}))
    over = {**told, "closes_on": today - timedelta(days=1)}
    assert "不早于开始" in words(officer.post(f"{BASE}/campaigns/make", over))
    quota = f"{BASE}/campaigns/{scene['campaign']}/quota"
    east = str(scene["tree"].east.id)
    assert "名额须为" in words(officer.post(quota, {"organisation_id": east, "quota": "0"})), "two are used"
    assert officer.post(quota, {"organisation_id": str(scene["tree"].unit.id), "quota": "3"}).status_code == 422
    page = f"{BASE}/nominations/{scene['heard']}/decide"
    assert "陈述申辩期内" in words(officer.post(page, {"outcome": "remove", "reason": "记录不实"}))
    anybody = Visitor(app)
    shown = f"/console/portal/objections/{scene['objected']}"
    assert anybody.get(shown).status_code == 404, "nothing is shown while an objection is open"
