"""The proper way of a volunteer who is nominated: certificates, signing in on the spot, yes, an answer, a farewell."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.kernel import clock
from supervisor.places import ROOT
from tests.journeys.walker import yes

if TYPE_CHECKING:
    from tests.proofs.tour import Tour

MINE = "/me/volunteer"


def walk(tour: "Tour") -> None:
    """For one person: what staff do before takes a process of its own."""
    scene, me = staff(tour), tour.me
    yes(me.get(MINE))
    yes(me.get("/me/nominations"))
    waiting, listed = (f"/me/nominations/{scene[name]}" for name in ("nominated", "on_the_list"))
    for need in yes(me.get(waiting))["consents_needed"]:
        read = {name: need[name] for name in ("scope", "text_version", "text_digest")}
        yes(me.post(f"{waiting}/consents", read), 201)
    yes(me.post(f"{waiting}/withdrawal"))
    told = f"{tour.person.name}（{tour.person.id_number}）的记录由学校代填，已申请更正。"
    yes(me.post(f"{listed}/answer", {"text": told}), 201)
    yes(me.put(f"{MINE}/attendances", {"code": scene["sign_in"]}))
    yes(me.get(f"{MINE}/attendances"))
    days = {"period_from": (clock.today() - timedelta(days=30)).isoformat(), "period_to": clock.today().isoformat()}
    paper = yes(me.post(f"{MINE}/certificates", days, tour.key()), 201)
    yes(me.get(f"{MINE}/certificates"))
    yes(me.get(f"{MINE}/certificates/{paper['id']}"))
    assert me.get(f"{MINE}/certificates/{paper['id']}/file").status_code == 200


def staff(tour: "Tour") -> dict[str, Any]:
    told = {"citizen_id": tour.me.citizen_id, "name": tour.person.name, "id_number": tour.person.id_number,
            "phone": tour.person.phone}
    done = subprocess.run([sys.executable, "-m", "tests.proofs.league_scene"], cwd=ROOT, env=tour.world.stack.env,
                          input=json.dumps(told), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
