"""HTTP as a phone or a till speaks it, with answers in the shape that the tests' tools read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What came back. `json` is None where the body is none."""

    status_code: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def json(self) -> Any:
        return json.loads(self.data) if "json" in self.content_type else None


class Wire:
    """One connection to the application; `open` takes what Flask's test client takes."""

    def __init__(self, base_url: str) -> None:
        self.base_url, self.session = base_url, requests.Session()

    def open(self, path: str, method: str = "GET", **more: Any) -> Answer:
        """One call; requests.ConnectionError where nobody answers."""
        answer = self.session.request(method, self.base_url + path, timeout=SECONDS, allow_redirects=False, **more)
        return Answer(answer.status_code, answer.headers, answer.content)
