"""One marked citizen through every route: the proper way, and with their identity in all the wrong places."""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from app.kernel import clock
from tests.cast import Person
from tests.journeys.test_fast_track import FORM, LATER, NEEDED, PDF, PNG, sign
from tests.journeys.walker import yes
from tests.journeys.wire import Answer, Wire
from tests.journeys.world import HALL, RENTAL, YOUTH, World
from tests.proofs import at_merchants, at_the_league, marked

MERCHANTS = ("/v3", "/payscore", "/embed")  # whatever is answered there goes to others than the citizen
NOMINATED = 1  # the one whom the League nominates, who joined by its staff
LEAVING = ("DELETE /api/v1/me", "DELETE /api/v1/sessions/current")  # they end the tour
HEADERS = ("X-Request-Id", "Idempotency-Key", "User-Agent", "Referer", "X-Forwarded-For", "Accept-Language")


class Kept:
    """What the tours did, and every answer that must not name anybody: refusals, and all that merchants get."""

    def __init__(self) -> None:
        self.lock, self.done, self.bodies = threading.Lock(), set[tuple[str, str]](), list[tuple[str, bytes]]()

    def note(self, method: str, path: str, answer: Answer) -> None:
        sent = path.startswith("/v3/xinyi/applications/")  # the form and the files that the citizen sent to this body
        with self.lock:
            if answer.status_code < 400:
                self.done.add((method, path.partition("?")[0]))
            if answer.status_code >= 400 or (path.startswith(MERCHANTS) and not sent):
                self.bodies.append((f"{method} {path}", repr(dict(answer.headers)).encode() + answer.data))


class Recorder(Wire):
    def __init__(self, base_url: str, kept: Kept) -> None:
        super().__init__(base_url)
        self.kept = kept

    def open(self, path: str, method: str = "GET", **more: Any) -> Answer:
        answer = super().open(path, method, **more)
        self.kept.note(method, path, answer)
        return answer


class Tour:
    """`contract`: /openapi.json, from which the wrong places are read, also those of routes to come."""

    def __init__(self, world: World, contract: dict[str, Any], number: int) -> None:
        self.world, self.contract, self.number = world, contract, number
        told = marked.papers(number)
        lists = ["outstanding_youth_volunteer"]
        world.sandbox.control("PUT", f"/people/marked-{number}", {**told, "grade": "A", "red_lists": lists})
        self.person = Person(f"marked-{number}", told["name"], told["id_number"], told["phone"], "A")
        self.words, self.keys = (told["id_number"], told["name"], told["phone"]), 0

    def walk(self) -> None:
        """All of it. One in three leaves for good at the end."""
        world = self.world
        self.me = world.logged_in(self.person)
        if self.number % 4 == 0:
            self.stray(self.me.headers)
        self.prove()
        self.borrow()
        self.apply()
        self.coffee()
        if self.number % 2 == 0:
            for walk in at_merchants.WALKS:
                walk(self)
        if self.number == NOMINATED:
            at_the_league.walk(self)
        self.report()
        self.rights()
        self.stray(self.me.headers)
        if self.number % 3 == 0:
            assert self.wire("DELETE", "/api/v1/me").status_code == 204
        else:
            assert self.wire("DELETE", "/api/v1/sessions/current").status_code == 204
        self.me.headers = {}

    # -- the proper way, with identity data where citizens really type it ---------------------------------------

    def prove(self) -> None:
        person, me = self.person, self.me
        wrong = person.id_number[:-1] + ("0" if person.id_number[-1] != "0" else "1")
        for papers in ({"name": person.id_number, "id_number": person.name}, {"name": person.name, "id_number": wrong},
                       {"name": person.name + "误", "id_number": person.id_number},
                       {**person.papers, "phone_code": person.phone}, {**person.papers, person.name: 1}):
            assert me.put("/me/identity", papers).status_code >= 400, papers
        code = self.world.sandbox.control("POST", "/wechat/phone-codes", {"person": person.key})["code"]
        yes(me.put("/me/identity", {**person.papers, "phone_code": code}))
        assert yes(me.get("/me"))["phone"] == f"{person.phone[:3]}****{person.phone[-4:]}"
        other = self.world.logged_in(person, device="another telephone")
        assert other.prove().json["code"] == "IDENTITY_TAKEN"
        other.headers = {}

    def borrow(self) -> None:
        me, shop, offer = self.me, self.world.till(RENTAL), self.world.offer("免押借雨伞")
        self.agree(offer["offer_id"])
        yes(me.get("/me/credit-grade"))
        yes(me.post(f"/offers/{offer['offer_id']}/decisions", key=self.key()))
        mine = yes(me.claim(offer["offer_id"], key=self.key()), 201)
        assert yes(me.get(f"/entitlements/{mine['id']}"))["state"] == "ready"
        yes(shop.post("/v3/xinyi/verifications", {"presentation": me.show(mine["id"])}))
        number = uuid.uuid4().hex
        told = {"out_redemption_no": number, "presentation": me.show(mine["id"]), "service_id": offer["service_id"]}
        assert shop.post("/v3/xinyi/redemptions", {**told, "store_id": self.person.id_number}).status_code == 400
        yes(shop.post("/v3/xinyi/redemptions", told))
        path = f"/v3/xinyi/redemptions/{number}"
        for bad in ({"total_amount": self.person.phone}, {"total_amount": 0, "note": [self.person.name]}):
            assert shop.post(f"{path}/completion", bad).status_code == 400
        yes(shop.post(f"{path}/completion", {"total_amount": 0}))
        yes(shop.post(f"{path}/reversal", {"reason": "店员误操作"}))
        yes(shop.get(path))
        yes(me.post(f"/entitlements/{mine['id']}/cancellation", key=self.key()))

    def apply(self) -> None:
        me, hall, offer = self.me, self.world.till(HALL), self.world.offer("个体工商户登记容缺受理")
        self.agree(offer["offer_id"])
        for word in self.words[::2]:
            assert me.claim(offer["offer_id"], {**FORM, "note": word}).status_code == 422
        mine = yes(me.claim(offer["offer_id"], {**FORM, "note": f"我是{self.person.name}"}, self.key()), 201)
        content = PDF + " ".join(self.words).encode()
        assert self.upload(mine["id"], self.person.name, content).status_code == 422
        assert self.upload(mine["id"], NEEDED, " ".join(self.words).encode()).status_code == 422
        yes(self.upload(mine["id"], NEEDED, content), 201)
        sign(me, mine["id"])
        yes(me.get(f"/applications/{mine['id']}"))
        yes(hall.post("/v3/xinyi/verifications", {"presentation": me.show(mine["id"])}))
        path = f"/v3/xinyi/applications/{mine['entitlement_no']}"
        document = yes(hall.get(path))["documents"][0]["id"]
        assert hall.get(f"{path}/documents/{document}").data == content
        yes(hall.post(f"{path}/acceptance", {}))
        if self.number % 2:
            yes(hall.post(f"{path}/rejection", {"legal_ground": "第十九条", "reason": "须先取得许可"}))
            return
        due = clock.add_working_days(clock.today(), 12).isoformat()
        yes(hall.post(f"{path}/supplement", {"missing": [LATER], "due": due}))
        yes(self.upload(mine["id"], LATER, PNG + content), 201)
        yes(hall.post(f"{path}/fulfilment", {"result_no": "2026-1"}))

    def coffee(self) -> None:
        me, shop, offer = self.me, self.world.till(YOUTH), self.world.offer("优秀青年志愿者咖啡礼遇")
        self.agree(offer["offer_id"])
        mine = yes(me.claim(offer["offer_id"], key=self.key()), 201)["id"]
        told = {"out_redemption_no": uuid.uuid4().hex, "presentation": me.show(mine), "service_id": offer["service_id"]}
        yes(shop.post("/v3/xinyi/redemptions", told))

    def report(self) -> None:
        """The report's file repeats its person by right; nothing of it may lie anywhere in clear."""
        asked = yes(self.wire("GET", "/api/v1/me/credit-reports/consent"))
        read = {name: asked[name] for name in ("text_version", "text_digest")}
        assert self.wire("POST", "/api/v1/me/credit-reports/consent", json=read).status_code < 300
        made = self.wire("POST", "/api/v1/me/credit-reports")
        assert made.status_code < 300, made.data
        mine = f"/api/v1/me/credit-reports/{made.json['id']}"
        for path in ("/api/v1/me/credit-reports", mine, f"{mine}/file", "/api/v1/me/news", "/api/v1/orders",
                     "/api/v1/service-permissions"):
            assert self.wire("GET", path).status_code == 200, path

    def rights(self) -> None:
        me, person = self.me, self.person
        if self.number != NOMINATED:
            assert me.get("/me/volunteer").status_code == 404
            yes(me.put("/me/volunteer", {"region": "360100"}))
        yes(me.get("/me/volunteer"))
        told = {"about": {"kind": "grade"}, "text": f"{person.name}（{person.id_number}，{person.phone}）有异议。"}
        yes(me.post("/appeals", told, self.key()), 201)
        assert person.id_number in yes(me.get("/appeals"))["items"][0]["text"]
        for path in ("/scenarios", "/offers", "/entitlements", "/usages", "/me/access-log"):
            yes(me.get(path))
        consent = yes(me.get("/consents"))["items"][0]["id"]
        yes(me.get(f"/offers?q={quote(person.name)}"))
        if self.world.push("grade.changed", person, grade="AA")["http_status"] == 200:
            me.wire.kept.done.add(("POST", "/platform/v1/events"))
        assert person.name in me.get("/me/export").text
        yes(me.post(f"/consents/{consent}/withdrawal"))
        me.get("/me/access-log/proof")
        told = yes(self.wire("POST", "/api/v1/sessions/refresh", json={"refresh_token": me.refresh_token}))
        me.headers = {"Authorization": f"Bearer {told['access_token']}"}

    # -- the wrong places -----------------------------------------------------------------------------------------

    def stray(self, headers: dict[str, str]) -> None:
        """Identity data in the path, the query, the headers and every field of every operation of the contract."""
        for count, (method, path, operation) in enumerate(operations(self.contract)):
            if f"{method} {path}" in LEAVING:
                continue
            word = self.words[(count + self.number) % 3]
            address = "/".join(quote(word) if part.startswith("{") else part for part in path.split("/"))
            names = [each["name"] for each in operation.get("parameters", []) if each.get("in") == "query"]
            query = "&".join(f"{name}={quote(word)}" for name in names) or f"name={quote(word)}"
            body = filled(self.contract, operation, word)
            if path.startswith("/v3"):
                self.world.till(self.number % 3).send(method, address, json.dumps(body).encode() if body else b"")
                self.wire(method, f"{address}?{query}", headers={"Authorization": f"WECHATPAY2 {self.words[0]}"})
                continue
            given = {name: word if word.isascii() else quote(word) for name in HEADERS}
            self.wire(method, address, json=body, headers={**headers, **given})
            self.wire(method, f"{address}?{query}", headers=headers)
            if body is not None:
                self.wire(method, address, data=word.encode("gb18030") + b"{", headers={**headers, **JSON})

    # -- small things ---------------------------------------------------------------------------------------------

    def wire(self, method: str, path: str, **more: Any) -> Answer:
        return self.me.wire.open(path, method, **{"headers": self.me.headers, **more})

    def key(self) -> str:
        """An Idempotency-Key such as a careless client makes it."""
        self.keys += 1
        return f"{self.words[self.keys % 2 * 2]}-{self.keys}"

    def agree(self, offer_id: str) -> None:
        for need in self.me.needs(offer_id):
            read = {name: need[name] for name in ("scope", "text_version", "text_digest")}
            assert self.me.consent(offer_id, {**need, "text_version": self.person.phone}).status_code == 409
            yes(self.me.post("/consents", {"offer_id": offer_id, **read}, self.key()), 201)

    def upload(self, application: str, name: str, content: bytes) -> Answer:
        file = (f"{self.person.name}{self.person.id_number}.pdf", content, "application/pdf")
        return self.me.post(f"/applications/{application}/documents", key=self.key(), data={"name": name},
                            files={"file": file})


JSON = {"Content-Type": "application/json"}


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path template, operation) of all that the contract names."""
    for path, methods in contract["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method in methods:
                yield method.upper(), path, methods[method]


def filled(contract: dict[str, Any], operation: dict[str, Any], word: str) -> dict[str, Any] | None:
    """A JSON body with `word` in every declared field, and one that isn't declared; None where none is taken."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    if "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return {**dict.fromkeys(schema.get("properties", {}), word), word: word}


def missing(contract: dict[str, Any], done: set[tuple[str, str]]) -> list[str]:
    """Operations of the contract that nobody has done with success."""
    def reached(method: str, path: str) -> bool:
        pattern = re.compile(re.sub(r"{[^}]*}", "[^/]+", path))
        return any(method == each and pattern.fullmatch(where) for each, where in done)

    return sorted(f"{method} {path}" for method, path, _ in operations(contract) if not reached(method, path))
