"""A request on its way through the gate: the checks of platform.md section 1, in their order."""

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.forms import BadForm, parse, sealed, take, text, word
from sandbox.keys import SuiteKeys
from sandbox.seals import BadSeal, seal, unseal
from sandbox.signing import request_text, signed_by
from sandbox.wire import Request
from sandbox.world import Refused, World

WINDOW_S = 300
NONCE = re.compile(r"[A-Za-z0-9]{16,64}", re.ASCII)
TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


@dataclass
class Asking:
    """One request of the client's: what is known of it so far, and what it did wrong without being refused."""

    world: World
    request: Request
    path: str
    keys: SuiteKeys | None = None
    nonce: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    kid: str | None = None
    came: float = field(init=False)  # on the platform's clock, before any delay in front of it

    def __post_init__(self) -> None:
        self.came = self.world.clock.now()

    @property
    def suite(self) -> Any:
        """The request's suite; only after the gate."""
        assert self.keys is not None  # noqa: S101 - the gate has set it
        return self.keys.suite

    def body(self) -> dict[str, Any]:
        """The strict JSON object of the body."""
        return parse(self.request.body)

    def open_subject(self, field_value: Any) -> dict[str, Any]:
        """The name and number in a sealed subject; BAD_SEAL or BAD_REQUEST."""
        subject = take(
            self._open(field_value),
            {"name": text(40), "id_type": word(3), "id_number": text(18, r"\d{17}[\dX]")},
        )
        if subject["id_type"] != "111":
            raise BadForm("subject.id_type")
        return subject

    def open_phone(self, field_value: Any) -> str:
        """The 11 digits in a sealed phone."""
        phone = self._open(field_value)
        if not text(11, r"\d{11}")(phone):
            raise BadForm("phone")
        return str(phone)

    def _open(self, value: Any) -> Any:
        assert self.keys is not None  # noqa: S101 - the gate has set it
        if not sealed(value):
            raise BadForm("a sealed field")
        try:
            plain = unseal(self.suite, self.keys.data_keys, value, self.nonce)
        except BadSeal as broken:
            raise Refused("BAD_SEAL", str(broken)) from broken
        self.kid = value["kid"]
        if not self.world.ivs.is_new(f"{value['kid']}.{value['iv']}", self.world.clock.now()):
            self.notes.append(("IV_REUSED", "an iv was used twice with a key"))
        try:
            return json.loads(plain.decode("utf-8"))
        except ValueError as wrong:
            raise BadForm("a sealed field") from wrong

    def seal(self, value: Any) -> dict[str, str]:
        """Seal a JSON value for the answer, with the request's data key and nonce."""
        assert self.keys is not None  # noqa: S101 - the gate has set it
        kid = self.kid or self.keys.data_key_id
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return seal(self.suite, kid, self.keys.data_keys[kid], plain, self.nonce)


def pass_gate(asking: Asking) -> None:
    """App, suite, form of the headers, key id, clock, signature, nonce; Refused at the first that fails."""
    world, header = asking.world, asking.request.header
    asking.nonce = header("x-nonce") or ""
    suite = header("x-suite")
    asking.keys = world.keys.suites.get(suite or "")
    app = header("x-app-id")
    if app is None:
        raise Refused("BAD_REQUEST", "X-App-Id is missing")
    if app != world.keys.app_id:
        raise Refused("UNKNOWN_APP", "X-App-Id")
    if asking.keys is None:
        raise Refused("BAD_REQUEST", "X-Suite is missing or unknown")
    _check_form(asking)
    public = asking.keys.client_publics.get(header("x-key-id") or "")
    if public is None:
        raise Refused("BAD_SIGNATURE", "X-Key-Id is missing or unknown")
    timestamp = header("x-timestamp") or ""
    if abs(world.clock.now() - int(timestamp)) > WINDOW_S:
        raise Refused("CLOCK_SKEW", f"{int(world.clock.now()) - int(timestamp)} s off")
    request = asking.request
    signed = request_text(asking.suite, request.method, request.target, timestamp, asking.nonce, request.body)
    if not signed_by(asking.suite, public, signed, header("x-signature") or ""):
        raise Refused("BAD_SIGNATURE", "the signature does not verify")
    if not world.nonces.is_new(asking.nonce, world.clock.now()):
        raise Refused("NONCE_REPLAYED", "X-Nonce")
    world.client_suite = asking.suite.name
    if not world.request_ids.is_new((header("x-request-id") or "").lower(), world.clock.now()):
        asking.notes.append(("REQUEST_ID_REUSED", "X-Request-Id is new for each attempt"))


def _check_form(asking: Asking) -> None:
    request = asking.request
    if request.chunked or any(name == "content-encoding" for name, _ in request.headers):
        raise Refused("BAD_REQUEST", "Transfer-Encoding or Content-Encoding")
    for name, form in (("x-timestamp", TIMESTAMP), ("x-nonce", NONCE), ("x-request-id", UUID)):
        if not form.fullmatch(request.header(name) or ""):
            raise Refused("BAD_REQUEST", f"{name} is missing or malformed")


def echoed_id(request: Request) -> str:
    """The request id that an answer carries: the caller's, or where that is none, a fresh one."""
    given = request.header("x-request-id") or ""
    return given if UUID.fullmatch(given) else str(uuid.uuid4())
