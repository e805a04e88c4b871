"""Registering at the console: one person, applications, transfers, the real-name work list, leaving with its undo.
"""

import re
from typing import Any

import psycopg
import pytest

from app.kernel import clock
from app.volunteers import applying, registering, verifying
from tests import cast
from tests.consent import ground as citizens
from tests.console.browsing import words
from tests.console.league.conftest import Ground
from tests.volunteers import league

BASE = "/console/league"
REGISTER, APPLICATIONS, TRANSFERS, REAL_NAMES = (f"{BASE}/{each}/" for each in (
    "register", "applications", "transfers", "real_names"))


def told(**other: Any) -> dict[str, Any]:
    return {"name": "示例同学", "id_number": league.number(serial=77), "phone": league.PHONE, "region": "360102",
            **other}


def test_one_by_one(ground: Ground, db: psycopg.Connection) -> None:
    """New, the same, changed; into a unit below; what is wrong stands beside its field, and inputs are kept.
    """
    east = ground.there("east")
    answer = east.post(REGISTER, told())
    assert "已登记。" in words(answer)
    assert "示***" in words(answer)
    assert told()["id_number"] not in answer.text
    assert "信息与这次填写的一致" in words(east.post(REGISTER, told()))
    assert "已按这次填写的更新" in words(east.post(REGISTER, told(phone=league.OTHER_PHONE)))
    page = east.get(REGISTER).text
    assert "示例中学团委" in page
    assert "西县团委" not in page
    school = str(ground.league.school.organisation_id)
    assert "示例中学团委" in words(east.post(REGISTER, told(id_number=league.number(serial=78), into=school)))
    west = str(ground.league.west.organisation_id)
    assert east.post(REGISTER, told(id_number=league.number(serial=79), into=west)).status_code == 422
    assert 'name="into"' not in ground.there("school").get(REGISTER).text
    for wrong, said in (({"id_number": "360102199603071231"}, "校验位"), ({"phone": "1990000"}, "格式不对"),
                        ({"region": ""}, "必填"), ({"name": "示\u200b例"}, "看不见的字符"),
                        ({"x": "1"}, "没有这个字段")):
        answer = east.post(REGISTER, told(**wrong))
        assert answer.status_code == 422, wrong
        assert said in words(answer), wrong


def test_a_minor_comes_with_a_guardian(ground: Ground) -> None:
    east, young = ground.there("east"), told(id_number=league.number(15, serial=5))
    answer = east.post(REGISTER, young)
    assert (answer.status_code, "监护人" in words(answer)) == (422, True)
    kin = {"guardian_name": "示例家长", "guardian_phone": league.OTHER_PHONE, "guardian_relation": "mother"}
    answer = east.post(REGISTER, {**young, **kin})
    assert "监护人的信息须一并填写" in words(answer)
    answer = east.post(REGISTER, {**young, **kin, "guardian_consented_on": clock.today().isoformat()})
    assert "已登记。" in words(answer)
    assert "示例家长" not in answer.text
    answer = east.post(REGISTER, told(id_number=league.number(13)))
    assert (answer.status_code, "欢迎到了年龄再来" in words(answer)) == (403, True)


def test_an_application_from_the_mini_app(app: Any, ground: Ground, db: psycopg.Connection) -> None:
    with app.app_context():
        lin = applying.apply(citizens.citizen(cast.LIN), "360102").id
    east, west = ground.there("east"), ground.there("west")
    assert "待审核的登记申请 1" in words(east.get(f"{BASE}/"))
    assert str(lin) in east.get(APPLICATIONS).text
    assert cast.LIN.name not in east.get(APPLICATIONS).text
    assert str(lin) not in west.get(APPLICATIONS).text
    for act in ("approve", "refuse", "reopen"):
        assert west.get(f"{APPLICATIONS}{lin}/{act}").status_code == 404
    assert west.post(f"{APPLICATIONS}{lin}/approve", page=REGISTER).status_code == 404
    answer = east.post(f"{APPLICATIONS}{lin}/refuse", {"reason": "电话 19900001234"})
    assert answer.status_code == 422
    page = east.post(f"{APPLICATIONS}{lin}/refuse", {"reason": "请到学校团委登记"})
    assert f'action="{APPLICATIONS}{lin}/reopen"' in page.text
    assert east.post(f"{APPLICATIONS}{lin}/approve").status_code == 409
    assert "请到学校团委登记" in words(east.get(f"{BASE}/volunteers/{lin}"))
    east.post(f"{APPLICATIONS}{lin}/reopen")
    assert "已同意登记" in words(east.post(f"{APPLICATIONS}{lin}/approve"))
    assert db.execute("SELECT state FROM volunteers WHERE id = %s", (lin,)).fetchone() == ("registered",)


def test_several_applications_at_once(app: Any, ground: Ground, db: psycopg.Connection) -> None:
    """Ticked by whoever decides; nobody of another county can be ticked. What was done stands on the entry's page."""
    with app.app_context():
        mine = [str(applying.apply(citizens.citizen(who), "360102").id) for who in (cast.LIN, cast.ALI)]
        other = str(applying.apply(citizens.citizen(cast.WU), "360103").id)
    east = ground.there("east")
    page = east.get(f"{APPLICATIONS}several").text
    assert [each in page for each in (*mine, other)] == [True, True, False]
    assert cast.LIN.name not in page
    for wrong in ({}, {"chosen": other}):
        assert east.post(f"{APPLICATIONS}several", wrong).status_code == 422
    assert "已同意登记 1 份" in words(east.post(f"{APPLICATIONS}several", {"chosen": mine[0]}))
    states = db.execute("SELECT state, count(*) FROM volunteers WHERE id = ANY(%s) GROUP BY 1", ([*mine, other],))
    assert dict(states.fetchall()) == {"registered": 1, "applied": 2}
    assert "东县团委 同意志愿者登记申请" in words(east.get(f"{BASE}/volunteers/{mine[0]}"))


def test_from_one_county_to_the_other(ground: Ground) -> None:
    """Refused at the desk, asked for, agreed by the other side, seen by both. """
    east, west = ground.there("east"), ground.there("west")
    mine = told(name="东一", id_number=league.number(serial=1))
    answer = west.post(REGISTER, mine)
    assert (answer.status_code, "申请转移" in words(answer)) == (409, True)
    asked = west.post(f"{TRANSFERS}ask", {"name": mine["name"], "id_number": mine["id_number"],
                                          "reason": "就读学校变更"})
    assert "东* · 尾号" in words(asked)
    assert "东县" not in words(asked), "where somebody is registered isn't told"
    found = re.search(rf"{TRANSFERS}([0-9a-f-]{{36}})/withdraw", asked.text)
    assert found
    page = east.get(TRANSFERS)
    assert "西县团委" in words(page)
    assert "与登记一致" in words(page)
    assert "待答复的转出 1" in words(east.get(f"{BASE}/"))
    assert west.get(f"{TRANSFERS}{found[1]}/agree").status_code == 404
    assert west.post(f"{TRANSFERS}{found[1]}/agree", page=REGISTER).status_code == 404
    assert east.post(f"{TRANSFERS}{found[1]}/withdraw", page=REGISTER).status_code == 404
    assert ground.there("east", "viewer").post(f"{TRANSFERS}{found[1]}/agree", page=f"{BASE}/").status_code == 403
    assert "已同意转出" in words(east.post(f"{TRANSFERS}{found[1]}/agree"))
    assert east.get(f"{BASE}/volunteers/{ground.east['东一']}").status_code == 404
    shown = words(west.get(f"{BASE}/volunteers/{ground.east['东一']}"))
    assert "120 小时" in shown
    assert west.post(f"{TRANSFERS}{found[1]}/withdraw", page=REGISTER).status_code == 409


@pytest.fixture
def mismatched(app: Any, ground: Ground, sandbox: Any) -> str:
    """Somebody of the east whose name the platform doesn't find right."""
    wrong = league.person("示例別名", cast.WU.id_number, agreed_on=clock.today())
    with app.app_context():
        made = str(registering.enrol(ground.league.east, wrong).volunteer_id)
        verifying.run_due()
    return made


def test_the_work_list(app: Any, ground: Ground, mismatched: str, db: psycopg.Connection) -> None:
    """Put right and checked again; papers seen; ended."""
    east = ground.there("east")
    assert "实名不一致 1" in words(east.get(f"{BASE}/"))
    page = east.get(f"{REAL_NAMES}?state=mismatched")
    assert re.findall(r"volunteers/([0-9a-f-]{36})", page.text) == [mismatched]
    entry = f"{BASE}/entries/{mismatched}"
    west = ground.there("west")
    for page in ("change", "leave", "paper", "agree", "disagree", "return"):
        assert west.get(f"{entry}/{page}").status_code == 404, page
        told_of = {"name": cast.WU.name, "cause": "cause", "reason": "x"}
        assert west.post(f"{entry}/{page}", told_of, page=REGISTER).status_code in (404, 422), page
    assert west.post(f"{entry}/change", {"name": cast.WU.name}, page=REGISTER).status_code == 404
    answer = east.post(f"{entry}/change", {"name": cast.WU.name})
    assert "更正志愿者登记：姓名" in words(answer)
    assert "核验中" in words(answer)
    with app.app_context():
        verifying.run_due()
    assert "一致" in words(east.get(f"{BASE}/volunteers/{mismatched}"))
    other = f"{BASE}/entries/{ground.east['东二']}"
    assert "已记为核对无误" in words(east.post(f"{other}/paper"))
    assert east.post(f"{other}/agree").status_code == 409, "it was found right already"
    third = f"{BASE}/entries/{ground.east['东三']}"
    assert "排队核验" in words(east.post(f"{third}/agree"))
    assert "不再核验" in words(east.post(f"{third}/disagree"))


def test_leaving_with_its_undo(ground: Ground, db: psycopg.Connection) -> None:
    east, entry = ground.there("east"), f"{BASE}/entries/{ground.east['东一']}"
    assert east.post(f"{entry}/leave", {"cause": "own_wish", "reason": ""}).status_code == 422
    page = east.post(f"{entry}/leave", {"cause": "own_wish", "reason": "本人书面申请"})
    assert f'action="{entry}/return"' in page.text
    assert "已退出" in words(page)
    assert "已恢复登记" in words(east.post(f"{entry}/return"))
    assert db.execute("SELECT state, left_cause FROM volunteers WHERE id = %s",
                      (ground.east["东一"],)).fetchone() == ("registered", None)
    assert ground.there("east", "viewer").get(f"{entry}/leave").status_code == 403
    assert "办理" not in words(ground.there("city", "viewer").get(f"{BASE}/volunteers/{ground.east['东一']}"))
