"""Somebody of the League at the console, over HTTP: logs in with a second factor, reads pages, sends forms."""

import re
from html import unescape
from typing import Any

import requests

from tests.staff.people import fresh_code

TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')
SECONDS = 60


class Desk:
    """A browser without JavaScript."""

    def __init__(self, base_url: str, told: dict[str, str] | None = None) -> None:
        self.base_url, self.session = base_url, requests.Session()
        if told is not None:
            self.send("/console/login", {"login": told["login"], "password": told["password"]})
            assert "退出" in self.send("/console/login/code", {"code": fresh_code(told["totp_secret"])})

    def see(self, path: str, status: int = 200) -> str:
        """A page's text without its tags."""
        answer = self.session.get(self.base_url + path, timeout=SECONDS)
        assert answer.status_code == status, answer.text
        return words(answer.text)

    def send(self, path: str, told: dict[str, Any] | None = None, status: int = 200, page: str = "") -> str:
        """A form of this page with its token; what the next page says."""
        found = TOKEN.search(self.session.get(self.base_url + (page or path), timeout=SECONDS).text)
        answer = self.session.post(self.base_url + path, data={**(told or {}), "csrf_token": found[1] if found else ""},
                                   timeout=SECONDS)
        assert answer.status_code == status, answer.text
        self.at = answer.url.removeprefix(self.base_url)
        return words(answer.text)


def words(page: str) -> str:
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))
