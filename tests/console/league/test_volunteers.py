"""The register at the console: lists by filter, exact searches that leave no trace but the trail's, one entry, masked.

Breaks tried: `find` without look_each; `one` without look. County against county: tests/adversary/test_counties.py.
"""

import re
from typing import Any

import psycopg

from tests.console.browsing import words
from tests.console.league.conftest import Ground
from tests.volunteers import league

PAGE = "/console/league/volunteers/"
FIND, WHY = f"{PAGE}find", "登记核对"


def numbers(page: Any) -> list[str]:
    """Ids of the volunteers that a page links to."""
    return re.findall(rf'href="{PAGE}([0-9a-f-]{{36}})"', page.text)


def looks(db: psycopg.Connection, who: str) -> list[tuple[str, str, str]]:
    """What was written down of looks at this volunteer: what, purpose, by whom as they read it."""
    return list(db.execute("SELECT what, purpose, who FROM trail_entries WHERE about = %s AND citizen_id IS NULL "
                           "AND what IN ('volunteer.look', 'volunteer.found', 'volunteer.identity', "
                           "'volunteer.export') ORDER BY at, id", (f"volunteer:{who}",)))


def test_a_county_lists_its_own_and_its_city_both(ground: Ground) -> None:
    east, city = ground.there("east").get(PAGE), ground.there("city", "viewer").get(PAGE)
    assert sorted(numbers(east)) == sorted(ground.east.values())
    assert sorted(numbers(city)) == sorted([*ground.east.values(), *ground.west.values()])
    assert "东*" in words(east)
    assert not any(name in words(city) for name in (*ground.east, *ground.west)), "masked"


def test_filters(ground: Ground) -> None:
    """Breaks tried: `reached > 0` for `>= number`."""
    everybody, there = {**ground.east, **ground.west}, ground.there("city")
    told = {"stars=1": {"东一"}, "stars=0": {"东二", "东三", "西一"}, "stars=2": set(), "state=left": set(),
            "from=2999-01-01": set(), "from=2020-01-01": set(everybody)}
    for query, expected in told.items():
        assert set(numbers(there.get(f"{PAGE}?{query}"))) == {everybody[name] for name in expected}, query


def test_filter_by_place_and_pages(ground: Ground) -> None:
    there = ground.there("city")
    west = str(ground.league.west.organisation_id)
    assert numbers(there.get(f"{PAGE}?place={west}")) == list(ground.west.values())
    other = ground.there("east").get(f"{PAGE}?place={west}")
    assert other.status_code == 422
    assert "没有志愿者" not in words(other)


def test_an_exact_search_is_a_look(ground: Ground, db: psycopg.Connection) -> None:
    east, who = ground.there("east"), ground.east["东二"]
    volunteer_no = db.execute("SELECT volunteer_no FROM volunteers WHERE id = %s", (who,)).fetchone()
    assert volunteer_no
    for text in ("东二", volunteer_no[0], league.number(serial=2), f"  {league.number(serial=2)} "):
        found = east.post(FIND, {"q": text, "purpose": WHY}, page=PAGE)
        assert numbers(found) == [who], text
        assert "东二" not in re.sub(r'value="[^"]*"', "", found.text), "the form keeps it, and nothing else says it"
    assert looks(db, who) == [("volunteer.found", f"查找志愿者：{WHY}", "东县团委")] * 4
    assert "东二" not in str(db.execute("SELECT array_agg(t.*::text) FROM trail_entries AS t").fetchone())


def test_nearly_is_not_found(ground: Ground, db: psycopg.Connection) -> None:
    there = ground.there("east")
    for text in ("东", "西一", "%", "3601020000000000", "36010220000101001X", "东二' OR '1'='1"):
        found = there.post(FIND, {"q": text, "purpose": WHY}, page=PAGE)
        assert found.status_code == 200
        assert numbers(found) == [], text
    assert looks(db, ground.west["西一"]) == []
    said = db.execute("SELECT DISTINCT purpose FROM trail_entries WHERE what = 'staff.searched'").fetchall()
    assert said == [(f"查找志愿者 · {WHY} · 0 人",)], "that somebody searched, and not for whom"


def test_a_search_says_why(ground: Ground, db: psycopg.Connection) -> None:
    for purpose in ("", "好奇"):
        assert ground.there("east").post(FIND, {"q": "东二", "purpose": purpose}, page=PAGE).status_code == 422
    assert looks(db, ground.east["东二"]) == []
    assert ground.there("east").get(FIND).status_code == 404, "nothing in an address"


def test_one_entry_masked_and_the_look_written(ground: Ground, db: psycopg.Connection) -> None:
    who = ground.east["东一"]
    page = ground.there("east").get(f"{PAGE}{who}")
    assert "东*" in words(page)
    assert "120 小时" in words(page)
    assert "东一" not in page.text
    assert league.number(serial=1)[-6:] not in page.text
    assert looks(db, who) == [("volunteer.look", "查看登记与服务情况", "东县团委")]


def test_whole_for_a_purpose(ground: Ground, db: psycopg.Connection) -> None:
    who = ground.east["东一"]
    there, address = ground.there("east"), f"{PAGE}{who}/identity"
    assert there.post(address, {"purpose": "好奇"}).status_code == 422
    assert looks(db, who) == []
    told = words(there.post(address, {"purpose": "出具证明"}))
    assert all(each in told for each in ("东一", league.number(serial=1), league.PHONE))
    assert looks(db, who) == [("volunteer.identity", "查看身份信息：出具证明", "东县团委")]
    assert ground.there("east", "viewer").post(address, {"purpose": "出具证明"}, page=PAGE).status_code == 403


def test_anothers_is_as_good_as_nobodys(ground: Ground, db: psycopg.Connection) -> None:
    there, who = ground.there("east"), ground.west["西一"]
    for way in ("", "/identity"):
        answers = [there.get(f"{PAGE}{each}{way}") for each in (who, league.unknown())]
        assert [each.status_code for each in answers] == [404, 404]
        assert "没有" in words(answers[0])
    assert there.post(f"{PAGE}{who}/identity", {"purpose": WHY}, page=PAGE).status_code == 404
    assert looks(db, who) == []


def test_who_lost_the_key_is_shown_without_a_name(ground: Ground, db: psycopg.Connection) -> None:
    who = ground.east["东三"]
    db.execute("UPDATE volunteers SET data_key = NULL WHERE id = %s", (who,))
    there = ground.there("east")
    assert there.get(f"{PAGE}{who}").status_code == 200
    assert there.post(f"{PAGE}{who}/identity", {"purpose": WHY}).status_code == 404
