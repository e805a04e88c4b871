"""From a nomination to the list, to a cup of coffee, and off the list again: one story over HTTP.

What it is there to see (not tried by breaking here; the breaks stand in tests/volunteers/test_outstanding.py): listing
reaches the decision at once, leaving takes nothing away that was granted, an objection takes the name off the portal.
"""

import json
import subprocess
import sys
import uuid
from datetime import timedelta
from typing import Any

from app.kernel import clock
from supervisor.places import ROOT
from tests.journeys.desk import Desk
from tests.journeys.walker import Walker, no, yes
from tests.journeys.world import YOUTH, World

COFFEE = "优秀青年志愿者咖啡礼遇"
DEEDS = "长期参加社区助老和河道清理志愿服务，组织同伴四十余次，深受居民好评。"
LISTS, NOMINATIONS = "/portal/lists", "/console/league/nominations"


def league(world: World, walker: Walker) -> dict[str, Any]:
    """Who the story needs; see tests/journeys/league_staff.py."""
    done = subprocess.run([sys.executable, "-m", "tests.journeys.league_staff"], cwd=ROOT, env=world.stack.env,
                          check=False, input=json.dumps(walker.person.papers), capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def nominated(world: World, staff: dict[str, Any], liu: Walker) -> tuple[str, Desk]:
    """A campaign with one place for the county, a nomination that its person agrees to, on the county's desk."""
    first, today = Desk(world.stack.base_url, staff["first"]), clock.today()
    first.send("/console/league/campaigns/make", {
        "year": today.year, "name": f"评定{uuid.uuid4().hex[:8]}", "opens_on": today, "closes_on": today})
    campaign = first.at.rpartition("/")[2]
    first.send(f"/console/league/campaigns/{campaign}/quota", {"organisation_id": staff["county_id"], "quota": "1"})
    registrar = Desk(world.stack.base_url, staff["county-registrar"])
    said = registrar.send(f"{NOMINATIONS}/nominate", {
        "campaign_id": campaign, "volunteer_no": staff["volunteer_no"], "deeds": DEEDS})
    assert "推荐单位准备中" in said
    path = registrar.at
    mine = yes(liu.get("/me/nominations"))["items"][0]
    assert {need["scope"] for need in mine["consents_needed"]} == {"grade.read", "list.publish"}
    for need in mine["consents_needed"]:
        told = {name: need[name] for name in ("scope", "text_version", "text_digest")}
        yes(liu.post(f"/me/nominations/{mine['id']}/consents", told), 201)
    assert "全部符合" in registrar.send(f"{path}/evaluate", page=path)
    registrar.send(f"{path}/submit")
    return path, first


def reviewed(world: World, staff: dict[str, Any], path: str) -> None:
    """Sent back once by the city, then up to the province."""
    county, city = (Desk(world.stack.base_url, staff[place]) for place in ("county", "city"))
    county.send(f"{path}/forward")
    assert "县级审核中" in city.send(f"{path}/send_back", {"reason": "请补充服务对象的评价"})
    county.send(f"{path}/forward")
    city.send(f"{path}/forward")
    province = Desk(world.stack.base_url, staff["province"])
    assert "审核通过，等待公示" in province.send(f"{path}/forward")


def publicised(world: World, staff: dict[str, Any], path: str, first: Desk) -> None:
    """Shown under a masked name; objected to, hidden, dismissed, shown again, over."""
    number, anybody = path.rpartition("/")[2], Desk(world.stack.base_url)
    first.send(f"{path}/publicise")
    assert DEEDS in anybody.see(f"{LISTS}/nominations")
    words = {"text": "据我了解，服务时长的记录与实际不符。", "contact": "示例来信人"}
    assert "公示已暂停" in anybody.send(f"/console/portal/objections/{number}", words)
    assert DEEDS not in anybody.see(f"{LISTS}/nominations")
    objection = world.sql("SELECT id FROM nomination_objections WHERE nomination_id = %s", number)[0][0]
    page = f"/console/league/objections/{objection}"
    assert words["text"] in first.send(f"{page}/read", page=page)
    first.send(f"{page}/settle", {"outcome": "dismissed", "answer": "经核实记录属实"})
    assert DEEDS in anybody.see(f"{LISTS}/nominations")
    assert world.walkers[0].person.name not in anybody.see(f"{LISTS}/nominations")
    world.sql("UPDATE nominations SET publicised_from = publicised_from - 20, running_from = running_from - 20, "
              "publicised_to = %s WHERE id = %s", clock.today() - timedelta(days=1), number)
    assert world.flask("outstanding", "run-due").startswith("1 cleared")
    assert DEEDS not in anybody.see(f"{LISTS}/nominations")


def test_from_a_nomination_to_a_coffee_and_off_the_list(world: World) -> None:
    liu = world.citizen(world.newcomer(grade="A"))
    staff = league(world, liu)
    offer = world.offer(COFFEE)["offer_id"]
    liu.agree(offer)
    assert [reason["code"] for reason in liu.decide(offer)["reasons"]] == ["NOT_OUTSTANDING"]

    path, first = nominated(world, staff, liu)
    reviewed(world, staff, path)
    publicised(world, staff, path, first)
    other, today = Desk(world.stack.base_url, staff["second"]), clock.today()
    told = {"document_no": "示例团发〔2026〕1号", "valid_from": today, "valid_to": today + timedelta(days=365)}
    assert "已列入名单" in other.send(f"{path}/put", told)
    assert DEEDS[:4] not in Desk(world.stack.base_url).see(f"{LISTS}/outstanding")

    mine = yes(liu.get("/me/nominations"))["items"][0]
    assert (mine["state"], mine["document_no"]) == ("listed", told["document_no"])
    coffee, kept = yes(liu.claim(offer), 201), yes(liu.claim(offer), 201)  # no wait: the list's word is ours
    theirs = world.stack.wait_until(lambda: entries(world).get(mine["entry_no"]), 30)
    assert theirs == "listed"
    shop, service = world.till(YOUTH), world.offer(COFFEE)["service_id"]
    redeem = {"out_redemption_no": uuid.uuid4().hex, "service_id": service, "presentation": liu.show(coffee["id"])}
    yes(shop.post("/v3/xinyi/redemptions", redeem))
    world.held(world.receipts(liu, 1))

    assert yes(liu.post(f"/me/nominations/{mine['id']}/withdrawal"))["state"] == "left"
    assert [reason["code"] for reason in liu.decide(offer)["reasons"]] == ["NOT_OUTSTANDING"]
    no(liu.claim(offer), 403, "NOT_ELIGIBLE")
    assert yes(shop.post("/v3/xinyi/verifications", {"presentation": liu.show(kept["id"])}))["eligible"] is True
    assert world.stack.wait_until(lambda: entries(world).get(mine["entry_no"]) == "delisted", 30)
    moves = [step["move"] for step in yes(liu.get(f"/me/nominations/{mine['id']}"))["steps"]]
    assert moves == ["nominate", "submit", "forward_county", "return_city", "forward_county", "forward_city", "approve",
                     "publicise", "object", "resume", "clear", "list", "leave"]


def entries(world: World) -> dict[str, str]:
    """The platform's red list by its numbers."""
    return {each["entry_no"]: each["status"] for each in world.sandbox.control("GET", "/platform/red-lists")["items"]}
