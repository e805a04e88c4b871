"""Activities and hours at the console, without JavaScript: planned, entered, explained, confirmed, undone, looked at.

Breaks tried: an attendance loaded without the scope and without row-level security (the west reads the east's); names
shown whole.
"""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.console.league.hours_schemas import local
from app.kernel import clock
from tests.console.browsing import Visitor, words
from tests.console.league.conftest import Ground

BASE = "/console/league"
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def plan(**more: Any) -> dict[str, Any]:
    now = clock.now()
    return {"title": "社区清洁", "place": "东县示例社区", "begins_at": local(now - timedelta(hours=6)),
            "ends_at": local(now - timedelta(hours=1)), "description": "清扫楼道", "risk": "没有明显风险",
            "unpaid": "true", **more}


def by_hand(ground: Ground, name: str, begin: float, end: float) -> dict[str, Any]:
    now = clock.now()
    return {"volunteer_no": numbers(ground)[name], "began_at": local(now - timedelta(hours=begin)),
            "ended_at": local(now - timedelta(hours=end)), "note": "没有带手机"}


def numbers(ground: Ground) -> dict[str, str]:
    return ground.numbers  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def field(ground: Ground, db: Any) -> Ground:
    found = {str(row[0]): row[1] for row in db.execute("SELECT id, volunteer_no FROM volunteers")}
    ground.numbers = {name: found[each] for name, each in {**ground.east, **ground.west}.items()}  # type: ignore[attr-defined]
    return ground


def officer(ground: Ground, place: str = "east", *more: str) -> Visitor:
    """Who has said to be no volunteer."""
    who = ground.there(place, "hours_officer", *more)
    who.post(f"{BASE}/attendances/own", {})
    return who


def planned(who: Visitor, **more: Any) -> str:
    answer = who.post(f"{BASE}/activities/make", plan(**more))
    assert answer.status_code == 200, words(answer)
    return answer.request.path.rsplit("/", 1)[-1]


def test_from_plan_to_hours(field: Ground, db: Any) -> None:
    anna, bert = officer(field), officer(field)
    refused = anna.post(f"{BASE}/activities/make", plan(dangerous="true", unpaid="", begins_at="2026-11-20T25:00"))
    assert refused.status_code == 422
    refused = anna.post(f"{BASE}/activities/make", plan(dangerous="true", unpaid=""))
    assert {part in words(refused) for part in ("请填写保险公司和保单号", "付报酬的活动不能登记服务时长")} == {True}
    made = planned(anna)
    here = f"{BASE}/activities/{made}"
    for name, begin, end in (("东一", 5, 2), ("东二", 5, 2), ("东三", 5, 2), ("东三", 4, 3)):
        anna.post(f"{BASE}/attendances/enter/{made}", by_hand(field, name, begin, end))
    shown = words(anna.get(here))
    assert "东**" not in shown
    assert "东*" in shown
    assert "东一" not in shown, "names stay masked"
    assert "确认全部 4 条待确认" in shown
    chosen = re.findall(r'name="id" value="([^"]+)"', anna.get(here).text)
    assert len(chosen) == 4
    assert "请先勾选" in words(bert.post(f"{here}/confirm", {}, page=here))
    told = bert.post(f"{here}/confirm", {"all": "1"}, page=here)
    assert "已确认 2 条" in words(told)
    assert "有疑点未说明 2 条" in words(told)
    undo = re.search(rf'action="({here}/confirmations/{ID}/undo)"', told.text)
    assert undo
    assert "已撤回 2 条" in words(bert.post(undo[1], page=here))
    assert db.execute("SELECT sum(minutes) FROM service_records WHERE attendance_id IS NOT NULL").fetchone() == (0,)
    listed = anna.get(f"{BASE}/flags/").text
    explain = sorted(set(re.findall(rf"{BASE}/attendances/{ID}/flags/{ID}", listed)))
    assert len(explain) == 2
    assert "须由您以外的同事" in words(bert.post(explain[0], {"reason": "两处相邻"}))
    assert "请由另一位工作人员办理" in words(anna.post(explain[1], {"reason": "两处相邻"}))
    assert "已确认 3 条" in words(anna.post(f"{here}/confirm", {"all": "1"}, page=here))
    left = re.findall(r'name="id" value="([^"]+)"', anna.get(here).text)
    asked = anna.post(f"{here}/refuse", {"id": left}, page=here)
    assert "不予采纳？" in words(asked)
    assert "1 条不予采纳" in words(anna.post(f"{here}/refuse", {"ids": left[0], "reason": "重复登记"}, page=here))


def test_a_sample_from_above_and_a_correction(field: Ground, db: Any) -> None:
    anna, chief = officer(field), officer(field, "east", "reviewer")
    made = planned(anna)
    for name in ("东一", "东二"):
        anna.post(f"{BASE}/attendances/enter/{made}", by_hand(field, name, 5, 2))
    anna.post(f"{BASE}/activities/{made}/confirm", {"all": "1"}, page=f"{BASE}/activities/{made}")
    today = clock.today().isoformat()
    drawn = chief.post(f"{BASE}/samples/draw", {"first": today, "last": today})
    assert "与抽中的一致" in words(drawn)
    wrong = sorted(set(re.findall(rf"{BASE}/samples/{ID}/items/{ID}/wrong", drawn.text)))
    assert len(wrong) == 2
    assert "已更正" in words(chief.post(wrong[0], {"minutes": "60", "reason": "提前离开"}))
    assert "已记为属实" in words(chief.post(wrong[1].replace("/wrong", "/right")))
    one = db.execute("SELECT id FROM attendances WHERE minutes = 60").fetchone()[0]
    shown = words(chief.get(f"{BASE}/attendances/{one}"))
    assert "抽查更正：提前离开" in shown
    assert "-120" in shown
    assert "须由登记人" in words(anna.get(f"{BASE}/attendances/{one}/correct"))
    assert anna.post(f"{BASE}/attendances/{one}/correct", {"minutes": "61", "reason": "少记了"}).status_code == 409
    assert "只看更正" in words(anna.get(f"{BASE}/flags/records?only=correction"))


def test_the_code_changes_by_itself_and_belongs_to_the_officer(field: Ground) -> None:
    anna = officer(field)
    made = planned(anna, ends_at=local(clock.now() + timedelta(hours=1)))
    told = anna.get(f"{BASE}/codes/{made}/in/more")
    assert told.headers["Cache-Control"] == "no-store"
    assert len(set(told.json["codes"])) == 20
    assert 0 < told.json["left_ms"] <= 30_000
    page = anna.get(f"{BASE}/codes/{made}/in")
    assert "<svg" in page.text
    assert 'http-equiv="refresh"' in page.text
    viewer, west = field.there("east", "viewer"), officer(field, "west")
    assert viewer.get(f"{BASE}/codes/{made}/in").status_code == 403
    assert west.get(f"{BASE}/codes/{made}/out/more").status_code == 404


def test_who_may_see_and_do_what(field: Ground, db: Any) -> None:
    anna, viewer, west = officer(field), field.there("east", "viewer"), officer(field, "west")
    made = planned(anna)
    anna.post(f"{BASE}/attendances/enter/{made}", by_hand(field, "东一", 5, 2))
    one = db.execute("SELECT id FROM attendances").fetchone()[0]
    assert viewer.get(f"{BASE}/activities/{made}").status_code == 200
    assert "确认时长" not in words(viewer.get(f"{BASE}/activities/{made}"))
    home = f"{BASE}/"
    assert viewer.post(f"{BASE}/activities/{made}/confirm", {"all": "1"}, page="/console/account/").status_code == 403
    for path in (f"activities/{made}", f"activities/{made}/change", f"attendances/{one}", f"attendances/{one}/refuse",
                 f"attendances/enter/{made}"):
        assert west.get(f"{BASE}/{path}").status_code == 404, path
    assert west.post(f"{BASE}/activities/{made}/confirm", {"all": "1"}, page="/console/account/").status_code == 404
    assert "社区清洁" not in words(west.get(f"{BASE}/activities/"))
    assert "待确认的时长" in words(anna.get(home))
