"""The portal: the same for everybody, no cookie, nobody's name, no small cell.

Breaks tried: see each test.
"""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.benefits import claiming, handing_in
from app.console.portal import counting
from app.kernel import clock, redis
from app.kernel.small_cells import LEAST, OTHER, Cell, merged
from app.volunteers import registering
from app.volunteers.certificates import certifying
from app.volunteers.certificates import ending as ending_certificates
from app.volunteers.certificates import texts as certificate_text
from app.volunteers.outstanding import listing, publicising
from app.volunteers.service import hours
from tests import cast
from tests.benefits import ground
from tests.console.browsing import words
from tests.volunteers import league, outstanding_ground
from tests.volunteers.test_certificates import days, ready

PAGES = ("/portal/", "/portal/scenarios", "/portal/scenarios/rental", "/portal/lists/commitments",
         "/portal/lists/nominations", "/portal/lists/outstanding", "/portal/statistics", "/portal/certificates")
CHECK = "/portal/certificates"
FAST_TRACK = {"min_grade": "A", "matters": ["个体工商户设立登记"], "required_documents": ["登记申请书"],
              "deferrable_documents": ["经营场所使用证明"], "template_version": "2026-1"}
FORM = {"matter": "个体工商户设立登记", "deferred": ["经营场所使用证明"], "note": "无"}


@pytest.fixture
def paper(app: Any) -> Any:
    """A certificate of Lin's, by the east's officer: (number, officer, its id)."""
    with app.app_context():
        tree = league.made()
        officer = ready(league.colleague(tree.east, "hours_officer"))
        lin = registering.enrol(tree.east, league.person(cast.LIN.name, cast.LIN.id_number)).volunteer_id
        hours.add(lin, activity="社区服务", served_on=clock.today(), minutes=90, source="团支部")
        made = certifying.issue(officer, lin, days())
        return certificate_text.shown_number(str(made.certificate_no)), officer, made.id


def test_anybody_reads_every_page_without_a_cookie(client: Any) -> None:
    for path in PAGES:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers, path
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text), path
    assert client.get("/portal/scenarios/nothing").status_code == 404
    for wrong in ("region=36", "cursor=!", "who=me"):
        answer = client.get(f"/portal/lists/outstanding?{wrong}")
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (422, False)
        assert "<h1>" in answer.text


def test_a_scenario_shows_what_can_be_had(app: Any, client: Any) -> None:
    with app.app_context():
        ground.offer(title="免押借雨伞示例")
        ground.offer(title="已经结束", opens_at=(clock.now() - timedelta(days=9)).isoformat(),
                     closes_at=(clock.now() - timedelta(days=1)).isoformat())
    told = words(client.get("/portal/scenarios/rental"))
    assert "免押借雨伞示例" in told
    assert "已经结束" not in told


def test_a_commitment_is_public_and_nobody_is_named(app: Any, client: Any, db: psycopg.Connection) -> None:
    """As its text promises. Break tried: the digests not asked for (an unknown text is shown)."""
    with app.app_context():
        offer = ground.offer(scenario="fast_track", terms=FAST_TRACK, title="登记容缺受理", value_fen=0)
        citizen = ground.ready(7, offer)
        claimed = claiming.claim(citizen, offer.id, "k-1", FORM)
        text = handing_in.template(claimed)
        assert text is not None
        handing_in.sign(citizen.id, claimed.id, text["template_version"], text["digest"])
    told = words(client.get("/portal/lists/commitments"))
    assert "登记容缺受理" in told
    assert "本承诺书的文本依法公开" in told
    assert "示例7" not in told
    assert "登记容缺受理" in words(client.get("/portal/lists/commitments?region=360100"))
    assert "登记容缺受理" not in words(client.get("/portal/lists/commitments?region=360200"))
    db.execute("UPDATE commitments SET digest = 'another'")
    assert "登记容缺受理" not in words(client.get("/portal/lists/commitments"))


@pytest.mark.parametrize(("counts", "told"), [
    ({}, {}), ({"a": 4}, {}), ({"a": 2, "b": 2}, {}), ({"a": 3, "b": 3}, {OTHER: 6}), ({"a": 5}, {"a": 5}),
    ({"a": 4, "b": 9}, {OTHER: 13}), ({"a": 4, "b": 9, "c": 20}, {"c": 20, OTHER: 13}),
    ({"a": 1, "b": 5, "c": 6, "d": 7}, {"c": 6, "d": 7, OTHER: 6}), ({"a": 0, "b": 5}, {"b": 5})])
def test_no_cell_under_five(counts: dict[str, int], told: dict[str, int]) -> None:
    """And none that the others give away. Break tried: a small cell left out instead of merged with a larger one."""
    found = merged(Cell(label, people, people * 10) for label, people in counts.items())
    assert {each.label: each.people for each in found} == told
    assert all(each.people >= LEAST and each.amount == each.people * 10 for each in found)


def test_statistics_speak_of_many(app: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted once a day, by the job or by who looks first."""
    tomorrow = clock.today() + timedelta(days=1)
    with app.app_context():
        for serial in range(12):
            region = "360102" if serial < 9 else "360202"
            first = f"{region}20000101{serial:03d}"
            made = registering.register(f"示例{serial}", first + league.numbers.check_digit(first), region)
            hours.add(made.id, activity="服务", served_on=clock.today(), minutes=100 * 60 if serial < 6 else 60,
                      source="团支部")
    told = words(client.get("/portal/statistics"))
    assert re.search(r"其他地区\s*12", told), told
    assert re.search(r"1 星\s*6", told)
    assert re.search(rf"{clock.today():%Y-%m}\s*12\s*606", told)
    with app.app_context():
        assert redis.client().get(f"portal:figures:{clock.today()}")
        registering.register("示例新", league.number(), "360102")
        assert not counting.count()
    assert words(client.get("/portal/statistics")) == told
    monkeypatch.setattr(clock, "now", lambda: clock.day_start(tomorrow) + timedelta(hours=12))
    assert words(client.get("/portal/statistics")) == told, "yesterday's, until today's are there"
    with app.app_context():
        assert counting.count()
    assert re.search(r"其他地区\s*13", words(client.get("/portal/statistics")))
    with app.app_context():
        redis.client().flushall()
        redis.client().set(f"portal:counting:{tomorrow}", "1")
    assert client.get("/portal/statistics").status_code == 503


def test_a_certificate_is_checked_by_anybody(app: Any, client: Any, paper: Any) -> None:
    """Posted; what was typed stands in no address; it tells no more than the paper."""
    number, officer, certificate_id = paper
    assert number in client.get(f"{CHECK}?number={number}").text
    assert "<script>" not in client.get(f"{CHECK}?number=<script>").text
    tail = cast.LIN.id_number[-4:]
    answer = client.post(CHECK, data={"number": number, "tail": tail})
    told = words(answer)
    assert answer.status_code == 200
    for shown in ("有效", f"{cast.LIN.name[0]}**", "1 小时 30 分钟", "东县团委", "社区服务", "示例负责人"):
        assert shown in told, shown
    assert cast.LIN.name not in answer.text
    assert cast.LIN.id_number not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    noes = [client.post(CHECK, data={"number": one, "tail": another})
            for one, another in ((number, "0000"), ("ZM2026-0000-0000-0000", tail))]
    assert [each.status_code for each in noes] == [404, 404]
    strip = [re.sub(r'value="[^"]*"', "", each.text) for each in noes]
    assert strip[0] == strip[1]
    assert f'value="{tail}"' not in noes[1].text
    assert client.post(CHECK, data={"number": number, "tail": "12"}).status_code == 422
    with app.app_context():
        ending_certificates.void(officer, certificate_id, "登记有误")
    voided = words(client.post(CHECK, data={"number": number, "tail": tail}))
    assert "已作废" in voided
    assert "社区服务" not in voided
    assert "登记有误" not in voided


def test_who_is_publicised_and_who_is_listed(app: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Masked, by region, from the day it begins to its end."""
    today, lists = clock.today(), "/portal/lists/"
    with app.app_context():
        tree = outstanding_ground.league()
        made = outstanding_ground.campaign(tree)
        citizen = ground.person(11)
        volunteer = outstanding_ground.volunteer(citizen)
        found = outstanding_ground.at(tree, made, volunteer, citizen, "publicised")
    shown = client.get(f"{lists}nominations")
    told = words(shown)
    for each in ("示***", "社区助老", "公示期"):
        assert each in told, each
    for secret in ("示例11", volunteer.volunteer_no, str(volunteer.id)):
        assert secret not in shown.text
    assert f'href="/console/portal/objections/{found.id}"' in shown.text
    assert "示***" in words(client.get(f"{lists}nominations?region=360100"))
    assert "示***" not in words(client.get(f"{lists}nominations?region=360200"))
    assert "示***" not in words(client.get(f"{lists}outstanding"))
    later = clock.day_start(clock.add_working_days(today, 12)) + timedelta(hours=12)
    monkeypatch.setattr(clock, "now", lambda: later)
    with app.app_context():
        assert publicising.close_due() == 1
        officer = tree.who("province", "list_officer")
        listing.put(officer, found.id, listing.Entry("示例团发〔2026〕1号", clock.today(),
                                                     clock.today() + timedelta(days=100)))
    assert "示***" not in words(client.get(f"{lists}nominations"))
    listed = client.get(f"{lists}outstanding")
    assert "示***" in words(listed)
    assert "示例团发〔2026〕1号" in words(listed)
    assert "示例11" not in listed.text
    monkeypatch.setattr(clock, "now", lambda: later + timedelta(days=101))
    assert "示***" not in words(client.get(f"{lists}outstanding"))
