"""A citizen with a telephone: each thing they do is one call, or a few."""

import uuid
from typing import Any

from tests.cast import Person
from tests.journeys.wire import Answer, Wire


class Walker:
    """`lost_looks`: looks of ours that a fault kept from reaching the platform (the story counts them)."""

    def __init__(self, person: Person, wire: Wire) -> None:
        self.person, self.wire = person, wire
        self.headers: dict[str, str] = {}
        self.citizen_id, self.refresh_token, self.lost_looks = "", "", 0

    # -- calls ----------------------------------------------------------------------------------------------

    def get(self, path: str) -> Answer:
        return self.wire.open(f"/api/v1{path}", headers=self.headers)

    def put(self, path: str, body: Any) -> Answer:
        return self.wire.open(f"/api/v1{path}", "PUT", json=body, headers=self.headers)

    def post(self, path: str, body: Any = None, key: str | None = None, **more: Any) -> Answer:
        """With a key of its own where none is given, as the mini-app does it."""
        headers = {**self.headers, "Idempotency-Key": key or uuid.uuid4().hex}
        sent = more or {"json": {} if body is None else body}
        return self.wire.open(f"/api/v1{path}", "POST", headers=headers, **sent)

    # -- the way --------------------------------------------------------------------------------------------

    def log_in(self, js_code: str) -> "Walker":
        told = yes(self.wire.open("/api/v1/sessions", "POST", json={"js_code": js_code}), 201)
        self.headers = {"Authorization": f"Bearer {told['access_token']}"}
        self.citizen_id, self.refresh_token = told["citizen"]["id"], told["refresh_token"]
        return self

    def prove(self) -> Answer:
        """The real-name check, with the person's true papers."""
        return self.put("/me/identity", self.person.papers)

    def needs(self, offer_id: str) -> list[dict[str, Any]]:
        """The consents that an offer asks for."""
        return list(yes(self.get(f"/offers/{offer_id}"))["needs"]["consents"])

    def agree(self, offer_id: str) -> dict[str, Any]:
        """Read and agree to all that an offer asks for; the consents by their scope."""
        return {need["scope"]: yes(self.consent(offer_id, need), 201) for need in self.needs(offer_id)}

    def consent(self, offer_id: str, need: dict[str, Any]) -> Answer:
        read = {name: need[name] for name in ("scope", "text_version", "text_digest")}
        return self.post("/consents", {"offer_id": offer_id, **read})

    def decide(self, offer_id: str) -> dict[str, Any]:
        return dict(yes(self.post(f"/offers/{offer_id}/decisions")))

    def claim(self, offer_id: str, form: dict[str, Any] | None = None, key: str | None = None) -> Answer:
        return self.post(f"/offers/{offer_id}/claims", {"form": form} if form else {}, key)

    def show(self, entitlement_id: str) -> str:
        """The code on the screen."""
        return str(yes(self.post(f"/entitlements/{entitlement_id}/presentations"), 201)["code"])

    # -- what the citizen sees -------------------------------------------------------------------------------

    def entitlement(self, entitlement_id: str) -> dict[str, Any]:
        return dict(yes(self.get(f"/entitlements/{entitlement_id}")))

    def usages(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(reversed(yes(self.get("/usages?limit=100"))["items"]))

    def looks(self) -> list[dict[str, Any]]:
        """The whole access log, oldest first, page by page."""
        items: list[dict[str, Any]] = []
        path = "/me/access-log?limit=50"
        while True:
            told = yes(self.get(path))
            items += told["items"]
            if told["next_cursor"] is None:
                return list(reversed(items))
            path = f"/me/access-log?limit=50&cursor={told['next_cursor']}"

    def looks_of(self, what: str) -> list[dict[str, Any]]:
        return [look for look in self.looks() if look["what"] == what]


def yes(answer: Any, status: int = 200) -> Any:
    """The body of an answer that has to be a yes."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    return answer.json


def no(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal that has to be this one: RFC 9457, in Chinese."""
    assert answer.content_type == "application/problem+json", answer.text
    told = dict(answer.json)
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert {"type", "title", "status", "detail", "request_id"} <= told.keys()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told["detail"]), told["detail"]
    return told
