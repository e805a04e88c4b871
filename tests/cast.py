"""The fixed people that tests tell of. Their papers are those of sandbox/people.toml; all of them are made up."""

import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from tests.sandbox_process import Sandbox

PEOPLE = Path(__file__).parents[1] / "sandbox" / "people.toml"


@dataclass(frozen=True)
class Person:
    """`key` is the sandbox's name for them (`person` in its control calls)."""

    key: str
    name: str
    id_number: str
    phone: str
    grade: str

    @property
    def papers(self) -> dict[str, str]:
        """The body of PUT /api/v1/me/identity."""
        return {"name": self.name, "id_number": self.id_number}


_told: dict[str, dict[str, Any]] = tomllib.loads(PEOPLE.read_text("utf-8"))
EVERYBODY = {key: Person(key, told["name"], told["id_number"], told["phone"], told["grade"])
             for key, told in _told.items()}
LIN = EVERYBODY["lin"]  # grade A, the number ends in X
ZHOU = EVERYBODY["zhou"]  # grade AA, gives no consent
WU = EVERYBODY["wu"]  # grade D
MEI = EVERYBODY["mei"]  # grade AAA; also a citizen, keeps the shop
JI = EVERYBODY["ji"]  # grade B, rare characters in the name
ALI = EVERYBODY["ali"]  # grade C, a name with ·
XU = EVERYBODY["xu"]  # grade A, restricted
LIU = EVERYBODY["liu"]  # grade A, outstanding young volunteer
TIAN = EVERYBODY["tian"]  # under fourteen
HO = EVERYBODY["ho"]  # residence permit 83, grade NONE
STRANGER = Person("stranger", "生面孔", "360102199203045534", "19900009999", "NONE")  # the platform knows nobody so


@dataclass
class SignedIn:
    """A person with a session: calls carry their access token."""

    person: Person
    client: Any  # Flask's test client
    citizen_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    # answers are Any, since whether an answer has JSON is what tests find out
    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, headers={**self.headers, **more.pop("headers", {})}, **more)

    def post(self, path: str, json: Any = None, key: str | None = None, **more: Any) -> Any:
        """`key` is the Idempotency-Key."""
        keyed = {"Idempotency-Key": key} if key else {}
        return self.client.post(path, json=json, headers={**self.headers, **keyed}, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.client.put(path, json=json, headers=self.headers, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self.client.delete(path, headers=self.headers, **more)


def js_code(sandbox: Sandbox, person: Person, **more: str) -> str:
    """A fresh code of `wx.login`; `device` plays another WeChat account of the same person.

    A person that the sandbox doesn't know (Stranger) borrows Zhou's WeChat on a device of their own.
    """
    if person.key not in EVERYBODY:
        person, more = ZHOU, {"device": person.key, **more}
    return str(sandbox.control("POST", "/wechat/codes", {"person": person.key, **more})["js_code"])


def phone_code(sandbox: Sandbox, person: Person) -> str:
    """A fresh code of getPhoneNumber."""
    return str(sandbox.control("POST", "/wechat/phone-codes", {"person": person.key})["code"])


def sign_in(client: FlaskClient, sandbox: Sandbox, person: Person, **more: str) -> SignedIn:
    """Log in by a fresh code from the sandbox; `more` as js_code takes it.

    Each test client is another telephone of the person, since WeChat lets one log in 100 times a minute only.
    """
    phone = client.__dict__.setdefault("telephone", secrets.token_hex(4))
    device = f"{more.pop('device', person.key)} {phone}"
    answer = client.post("/api/v1/sessions", json={"js_code": js_code(sandbox, person, device=device, **more)})
    assert answer.status_code == 201, answer.text
    told: Any = answer.json
    return SignedIn(person, client, told["citizen"]["id"], told["access_token"], told["refresh_token"])


def verified(client: FlaskClient, sandbox: Sandbox, person: Person, **more: str) -> SignedIn:
    """Logged in and real-name checked."""
    me = sign_in(client, sandbox, person, **more)
    answer = me.put("/api/v1/me/identity", json=person.papers)
    assert answer.status_code == 200, answer.text
    return me
