"""Hours in a real Chromium: a code that changes by itself and can be scanned off the screen, choosing by the keyboard,
confirming and undoing, doubts in dialogs; on a desk and on a phone, axe content.

Breaks tried: `attendance_code.js` showing its first code for ever; showing the last one after the network has gone; a
link that only its colour tells from the sentence around it (axe).
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.console.answering import asset
from app.kernel import clock
from app.staff.scoping import Scope
from app.volunteers.service import attending, confirming, entering, organising_activities, owning, sampling
from app.volunteers.service import codes as attendance_codes
from app.volunteers.service.entering import ByHand
from app.volunteers.service.organising_activities import Plan
from tests.cast import Person
from tests.consent import ground as people
from tests.console.league.conftest import Ground
from tests.console.watching import DESK, PHONE, Watched, serious, watching
from tests.volunteers import league

BASE = "/console/league"
ROOT = Path(__file__).parents[3]
READ = """async () => {
    const svg = new XMLSerializer().serializeToString(document.querySelector("[data-shown] svg"));
    const picture = new Image();
    picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
    await picture.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 400 });
    const ink = canvas.getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, 400, 400);
    ink.drawImage(picture, 0, 0, 400, 400);
    return jsQR(ink.getImageData(0, 0, 400, 400).data, 400, 400)?.data;
}"""


@pytest.fixture
def activity(app: Flask, ground: Ground, db: Any) -> str:
    """With the three of the east by hand, one of them twice; and one that was drawn from another one."""
    with app.app_context():
        officer, reviewer = colleague(ground, "hours_officer"), colleague(ground, "reviewer")
        earlier = planned(officer, "敬老院陪伴", -30)
        for name in ("东一", "东二"):
            entered(officer, earlier, number(db, ground, name), -30)
        confirming.confirm(officer, earlier)
        drawn = sampling.draw(reviewer, clock.today(), clock.today())
        sampling.find_wrong(reviewer, items(db, drawn.id)[0], 60, "提前离开")
        made = planned(officer, "社区清洁", -4)
        for name in ("东一", "东二", "东三", "东三"):
            entered(officer, made, number(db, ground, name), -3.5)
    return str(made)


def colleague(ground: Ground, *roles: str) -> Scope:
    made = league.colleague(ground.league.east, *roles)
    owning.tell(made, None)
    return made


def planned(officer: Scope, title: str, hours: float) -> Any:
    begin = clock.now() + timedelta(hours=hours)
    return organising_activities.make(officer, Plan(
        title, "东县示例社区", begin, begin + timedelta(hours=8), "清扫楼道，整理自行车棚", "楼道湿滑，请穿防滑鞋",
        True, "示例财险 团意险 2026-0017")).id


def entered(officer: Scope, activity_id: Any, volunteer_no: str, hours: float) -> None:
    begin = clock.now() + timedelta(hours=hours)
    entering.enter(officer, activity_id, ByHand(volunteer_no, begin, begin + timedelta(hours=3), "没有带手机"))


def number(db: Any, ground: Ground, name: str) -> str:
    return str(db.execute("SELECT volunteer_no FROM volunteers WHERE id = %s", [ground.east[name]]).fetchone()[0])


def items(db: Any, sample_id: Any) -> list[Any]:
    return [row[0] for row in db.execute("SELECT id FROM hour_sample_items WHERE sample_id = %s ORDER BY place",
                                         [sample_id])]


def looked(there: Watched, name: str = "") -> None:
    there.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(f"league-{name}")


def test_an_officers_day(app: Flask, ground: Ground, served: Any, browser: Any, activity: str, db: Any) -> None:
    """On one log-in, by mouse and keyboard."""
    who = ground.there("east", "hours_officer", "reviewer")
    who.post(f"{BASE}/attendances/own", {})
    cookie = [{"name": "xinyi", "value": str(who.cookie()), "url": served.base_url}]
    with watching(browser, served, DESK, cookie) as there:
        scanned_off_the_screen(app, there, activity)
    with watching(browser, served, DESK, cookie) as there:
        confirmed_and_undone(there, activity)
        doubts(there)
        there.quiet()
    sample = db.execute("SELECT id FROM hour_samples WHERE activity_id IS NULL").fetchone()[0]
    one = db.execute("SELECT attendance_id FROM service_records WHERE corrects_id IS NOT NULL").fetchone()[0]
    with watching(browser, served, DESK, cookie) as there:
        for path, name in ((f"samples/{sample}", "hours-sample-desk"), ("activities/make", ""),
                           (f"attendances/{one}", "hours-corrected-desk")):
            there.go(f"{BASE}/{path}")
            looked(there, name)
        there.quiet()
    with watching(browser, served, PHONE, cookie) as there:
        for path, name in ((f"activities/{activity}", "hours-activity-phone"),
                           (f"codes/{activity}/in", "hours-code-phone"), ("flags/records", ""),
                           (f"attendances/enter/{activity}", "")):
            there.go(f"{BASE}/{path}")
            looked(there, name)
        there.quiet()


def scanned_off_the_screen(app: Flask, there: Watched, activity: str) -> None:
    """What a telephone reads there signs a volunteer in; it changes, and goes when the network has long been away."""
    page = there.page
    page.clock.install()
    there.go(f"{BASE}/codes/{activity}/in")
    page.wait_for_selector("[data-step]")
    page.evaluate((ROOT / "app" / asset("jsqr.js").lstrip("/")).read_text("utf-8"))
    first = page.evaluate(READ)
    looked(there, "hours-code-desk")
    with app.app_context():
        citizen = people.citizen(Person("east-one", "东一", league.number(serial=1), "", ""))
        done, _ = attending.sign(citizen, first)
        assert (done.state, str(done.activity_id)) == ("present", activity)
    page.clock.run_for(31_000)  # on top of the time that goes by
    second = page.evaluate(READ)
    with app.app_context():
        later = attendance_codes.read(second).step - attendance_codes.read(first).step
    assert later in (1, 2), "half a minute on, and what this test itself took"
    page.context.set_offline(True)
    page.clock.run_for(11 * 30_000)
    assert page.evaluate(READ) not in (first, second), "it goes on without network"
    page.clock.run_for(12 * 30_000)
    page.wait_for_selector(".code-gone")
    assert "网络中断" in page.inner_text("[data-say]")
    assert not page.is_visible("[data-shown] svg")
    page.context.set_offline(False)
    page.wait_for_selector(".code-screen:not(.code-gone)")
    there.quiet(but="ERR_INTERNET_DISCONNECTED")


def confirmed_and_undone(there: Watched, activity: str) -> None:
    page = there.page
    there.go(f"{BASE}/activities/{activity}?state=waiting")
    page.click("[data-choose]")
    assert "已选 4 条" in page.inner_text("[data-chosen]")
    page.focus("input[type=checkbox][form=chosen]")
    page.keyboard.press("Space")
    assert "已选 3 条" in page.inner_text("[data-chosen]")
    looked(there, "hours-activity-desk")
    page.click("text=确认所选")
    page.wait_for_selector("[data-toast] >> text=已确认")
    assert "有疑点未说明" in page.inner_text("main")
    looked(there, "hours-confirmed-desk")
    page.click("[data-toast] button")
    page.wait_for_selector("[data-toast] >> text=已撤回")


def doubts(there: Watched) -> None:
    page = there.page
    there.go(f"{BASE}/flags/")
    looked(there, "hours-flags-desk")
    page.click("table >> text=说明 >> nth=-1")
    page.wait_for_selector("dialog[open] #f-reason")
    looked(there)
    page.fill("#f-reason", "两处相邻，已向带队老师核对")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-toast] >> text=须由您以外的同事确认")
