"""The phone on the other side of the counter, for trying a merchant's system: a made-up person with grade A.

    citizen.py code SERVICE_ID               claims the benefit; prints the code that the phone shows
    citizen.py confirm PACKAGE SERVICE_ID    confirms a deposit-free order

Wants XINYI_HOST and SANDBOX (the sandbox that plays WeChat and the platform).
"""

import json
import os
import secrets
import sys
import uuid
from typing import Any

from client import exchange

HOST, SANDBOX = os.environ["XINYI_HOST"], os.environ["SANDBOX"]
Told = dict[str, Any]


def call(method: str, url: str, body: Told | None = None, **headers: str) -> Told:
    """The answer's JSON; ends the program where it is a refusal."""
    sent = b"" if body is None else json.dumps(body).encode()
    status, _, got = exchange(method, url, {"Content-Type": "application/json", **headers}, sent)
    if status >= 400:
        raise SystemExit(f"{method} {url}: {status} {got.decode()}")
    return dict(json.loads(got or b"{}"))


class Phone:
    """Logged in, real name proven, and agreed to what this offer needs."""

    def __init__(self, service_id: str) -> None:
        self.offer = uuid.UUID(service_id)
        person = call("PUT", f"{SANDBOX}/_control/people/q-{secrets.token_hex(6)}", {"grade": "A"})
        code = call("POST", f"{SANDBOX}/_control/wechat/codes", {"person": person["key"]})["js_code"]
        session = call("POST", f"{HOST}/api/v1/sessions", {"js_code": code})
        self.token = {"Authorization": f"Bearer {session['access_token']}"}
        self.send("PUT", "/me/identity", {"name": person["name"], "id_number": person["id_number"]})
        for need in self.send("GET", f"/offers/{self.offer}")["needs"]["consents"]:
            self.send("POST", "/consents", {"offer_id": str(self.offer), **{
                name: need[name] for name in ("scope", "text_version", "text_digest")}})

    def send(self, method: str, path: str, body: Told | None = None) -> Told:
        once = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        return call(method, f"{HOST}/api/v1{path}", body, **self.token, **once)

    def code(self) -> str:
        """Claims the benefit, and shows it."""
        claimed = self.send("POST", f"/offers/{self.offer}/claims", {})
        return str(self.send("POST", f"/entitlements/{claimed['id']}/presentations", {})["code"])

    def confirm(self, package: str) -> str:
        return str(self.send("POST", f"/orders/{package}/confirmation", {})["state"])


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    print(Phone(rest[0]).code() if what == "code" else Phone(rest[1]).confirm(rest[0]))
