"""The world that the stories are told in: the running system, its demo data, the sandbox, an operator's shell."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from supervisor.places import ROOT
from tests.cast import Person
from tests.journeys.walker import Walker, yes
from tests.journeys.wire import Wire
from tests.merchant_api.till import Till
from tests.sandbox_process import Sandbox
from tests.stack import Stack

RENTAL, YOUTH, HALL = 0, 1, 2  # the demo merchants: the rental shop, the League's coffee house, the service hall


class World:
    """`walkers`: everybody who logged in here, to be asked at the end whether all looks were seen."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.demo = stack, stack.demo
        self.sandbox = Sandbox(stack.sandbox_url)
        self.walkers: list[Walker] = []
        self.new_wire = lambda: Wire(stack.base_url)

    # -- people ---------------------------------------------------------------------------------------------

    def newcomer(self, **facts: Any) -> Person:
        """A person whom nobody knew before, made in the sandbox with grade A or these facts."""
        key = f"j-{uuid.uuid4().hex[:12]}"
        told = self.sandbox.control("PUT", f"/people/{key}", facts)
        return Person(key, told["name"], told["id_number"], told["phone"], told["grade"])

    def logged_in(self, person: Person, **more: str) -> Walker:
        """By a fresh code of WeChat; `device` is another WeChat account of theirs."""
        code = self.sandbox.control("POST", "/wechat/codes", {"person": person.key, **more})["js_code"]
        walker = Walker(person, self.new_wire()).log_in(code)
        self.walkers.append(walker)
        return walker

    def citizen(self, person: Person) -> Walker:
        """Logged in, and real-name checked."""
        walker = self.logged_in(person)
        assert yes(walker.prove()) == {"verified": True}
        return walker

    # -- places ---------------------------------------------------------------------------------------------

    def till(self, number: int) -> Till:
        """A demo merchant's system: its own signer, and our answers checked by the key of demo.json."""
        told, ours = self.demo["merchants"][number], self.demo["platform_public_key"]
        key: Any = load_pem_private_key(Path(told["private_key_file"]).read_bytes(), None)
        answers: Any = load_pem_public_key(Path(ours["file"]).read_bytes())
        return Till(self.new_wire(), told["mchid"], told["serial_no"], key, answers, ours["id"])

    def offer(self, title: str) -> dict[str, str]:
        """A demo offer by its title: {offer_id, service_id, scenario, title}."""
        return next(offer for shop in self.demo["merchants"] for offer in shop["offers"] if offer["title"] == title)

    def make_offer(self, **changes: Any) -> str:
        """An offer of the League's coffee house, made by the operator's command; its id."""
        told = {"code": f"J-{uuid.uuid4().hex}", "mchid": self.demo["merchants"][YOUTH]["mchid"],
                "scenario": "volunteer", "title": "限量礼遇", "summary": "为测试而设的权益。",
                "terms": {"by": "outstanding", "benefit": "free"},
                "region": "360000", "opens_at": "2026-01-01T00:00:00+08:00", "closes_at": "2099-01-01T00:00:00+08:00",
                "valid_days": 30, "value_fen": 1800, **changes}
        file = self.stack.var_dir / "offer.json"
        file.write_text(json.dumps(told), "utf-8")
        return self.flask("offers", "make", str(file)).strip()

    def flask(self, *arguments: str, status: int = 0) -> str:
        """What `flask <arguments>` says, as an operator runs it."""
        done = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *arguments], cwd=ROOT, check=False,
                              env=self.stack.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database, or let time pass there; rows where there are any."""
        postgres = self.stack.system.postgres
        assert postgres is not None
        with postgres.connect("xinyi") as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    # -- what others know -----------------------------------------------------------------------------------

    def breaches(self) -> list[dict[str, Any]]:
        """Where we broke the platform's protocol."""
        return list(self.sandbox.control("GET", "/platform/breaches")["items"])

    def asked_about(self, person: Person) -> list[dict[str, Any]]:
        """Every look at this person that reached the platform, answered or refused."""
        told = self.sandbox.control("GET", "/platform/queries")
        return [look for look in told["items"] + told["refused"] if look["person"] == person.key]

    def push(self, kind: str, person: Person, **data: Any) -> dict[str, Any]:
        """The platform tells of this person; the first event with what became of it."""
        told = self.sandbox.control("POST", "/platform/events", {"type": kind, "person": person.key, "data": data})
        return dict(told["events"][0])

    def receipts(self, walker: Walker, count: int) -> list[dict[str, Any]]:
        """The citizen's usages once all `count` of them have the platform's receipt, which the worker got."""
        return list(self.stack.wait_until(
            lambda: (found := walker.usages()) and len(found) == count
            and all(each["receipt_no"] for each in found) and found, 30))

    def held(self, usages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The platform holds these, with the same receipts; its records by their numbers."""
        theirs = {each["record_no"]: each for each in self.sandbox.control("GET", "/platform/usages")["items"]}
        for usage in usages:
            record = theirs[usage["usage_no"]]
            assert (record["receipt_no"], record["outcome"]) == (usage["receipt_no"], usage["outcome"])
            assert record["waived_fen"] == usage["waived_fen"]
        return theirs

    def reconciled(self, usages: list[dict[str, Any]]) -> None:
        """The platform holds these, and the day's reconciliation agrees to the record."""
        theirs = self.held(usages)
        for day in {theirs[usage["usage_no"]]["day"] for usage in usages}:
            said = self.flask("feedback", "reconcile", day)
            assert " agreed: " in said or " incomplete: " in said, said
            ours, other = said.split("ours ")[1].split(", theirs ")
            assert ours == other.splitlines()[0], said
