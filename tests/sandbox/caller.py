"""A client of the platform as platform.md describes one, for speaking to the sandbox in tests."""

import hashlib
import http.client
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.seals import seal, unseal
from sandbox.signing import SUITES, request_text, response_text, signature, signed_by

BASE = "/gateway/v1"


@dataclass
class Answer:
    """An answer as it came, and whether section 1 lets its body be used."""

    status: int
    headers: dict[str, str]
    body: bytes
    valid: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Caller:
    """Signs as the client with the sandbox's own key files."""

    port: int
    keys_dir: Path
    suite_name: str = "ES256-SHA256"
    changed: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        paper = json.loads((self.keys_dir / "keys.json").read_text("utf-8"))
        entry = paper["suites"][self.suite_name]
        self.suite = SUITES[self.suite_name]
        self.app_id, self.platform_id = paper["app_id"], paper["platform_id"]
        self.key_id, self.kid = entry["client_key_id"], entry["data_key_id"]
        self.private = self.suite.load_private((self.keys_dir / entry["client_private"]).read_bytes())
        self.public = self.suite.load_public((self.keys_dir / entry["platform_public"]).read_bytes())
        hex_files = entry["data_keys_hex"]
        self.data_keys = {k: bytes.fromhex((self.keys_dir / f).read_text().strip()) for k, f in hex_files.items()}

    def seal(self, value: Any, nonce: str) -> dict[str, str]:
        plain = json.dumps(value, ensure_ascii=False).encode()
        return seal(self.suite, self.kid, self.data_keys[self.kid], plain, nonce)

    def unseal(self, value: dict[str, str], nonce: str) -> Any:
        return json.loads(unseal(self.suite, self.data_keys, value, nonce))

    def subject(self, person: dict[str, Any], nonce: str) -> dict[str, str]:
        named = {"name": person["name"], "id_type": "111", "id_number": person["id_number"]}
        return self.seal(named, nonce)

    def call(self, method: str, path: str, body: Any = None, nonce: str | None = None, **headers: Any) -> Answer:
        """One signed call; `headers` (x_nonce=…) replaces, None removes, a list sends twice; `at` shifts the clock."""
        nonce = nonce or secrets.token_hex(16)
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        target = BASE + path
        stamp = str(int(time.time() + headers.pop("at", 0)))
        text = request_text(self.suite, method, target, stamp, nonce, raw)
        sent: dict[str, Any] = {
            "X-App-Id": self.app_id,
            "X-Suite": self.suite.name,
            "X-Key-Id": self.key_id,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Request-Id": str(uuid.uuid4()),
            "X-Signature": signature(self.suite, self.private, text),
        }
        sent |= {name.replace("_", "-").title(): value for name, value in headers.items()}
        return self._send(method, target, raw, sent, nonce)

    def _send(self, method: str, target: str, raw: bytes, sent: dict[str, Any], nonce: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in sent.items():
                for one in value if isinstance(value, list) else [value] if value is not None else []:
                    connection.putheader(name, one)
            connection.putheader("Content-Length", str(len(raw)))
            connection.endheaders(raw)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        head = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, head, body, self._is_valid(response.status, head, body, sent, nonce))

    def _is_valid(self, status: int, head: dict[str, str], body: bytes, sent: dict[str, Any], nonce: str) -> bool:
        stamp = head.get("x-timestamp", "0")
        text = response_text(self.suite, status, nonce, stamp, head.get("x-nonce", ""), body)
        return (
            abs(int(stamp) - time.time()) <= 300
            and head.get("x-request-id") == sent["X-Request-Id"]
            and head.get("x-app-id") == self.platform_id
            and signed_by(self.suite, self.public, text, head.get("x-signature", ""))
        )

    def authorize(self, person: dict[str, Any], **changes: Any) -> Answer:
        """Register an authorisation with sensible content."""
        nonce = secrets.token_hex(16)
        now = time.time()
        paper = {
            "authorization_no": "AN-" + secrets.token_hex(6),
            "subject": self.subject(person, nonce),
            "scopes": ["grade.read", "report.read", "usage.report"],
            "purpose": "为办理信易+守信激励权益查询本人信用等级",
            "scenarios": ["rental"],
            "document_digest": hashlib.sha256("本人同意".encode()).hexdigest(),
            "signed_at": rfc(now),
            "expires_at": rfc(now + 86400 * 300),
            **changes,
        }
        return self.call("POST", "/authorizations", paper, nonce=nonce)

    def ask(
        self, authorization_id: str, person: dict[str, Any], path: str = "/credit-grades/queries", **changes: Any
    ) -> Answer:
        """A grade query (or a report)."""
        nonce = secrets.token_hex(16)
        question = {
            "authorization_id": authorization_id,
            "subject": self.subject(person, nonce),
            "scenario": "rental",
            "purpose": "为办理信易+守信激励权益查询本人信用等级",
            "operator": "system",
            **changes,
        }
        return self.call("POST", path, question, nonce=nonce)


def rfc(at: float) -> str:
    """Unix seconds as RFC 3339 in UTC+8."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(int(at) + 8 * 3600))


def record(authorization_id: str, **changes: Any) -> dict[str, Any]:
    """A usage record with sensible content."""
    return {
        "record_no": "U-" + secrets.token_hex(6),
        "authorization_id": authorization_id,
        "scenario": "rental",
        "benefit": "OF-1",
        "provider_uscc": "91360100MA35DEM009",
        "region": "360100",
        "occurred_at": rfc(time.time()),
        "outcome": "fulfilled",
        "waived_fen": 9900,
        "paid_fen": 300,
        **changes,
    }
