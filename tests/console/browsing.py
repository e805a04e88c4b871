"""A browser without JavaScript: keeps cookies, sends forms with their token."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from tests.staff.people import Person

TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


Some = Callable[..., Person]  # the fixture `someone`


class Visitor:
    """Flask's client, used as a person uses a browser."""

    def __init__(self, app: Any, **more: Any) -> None:
        self.client, self.more = app.test_client(), more

    def get(self, path: str, follow: bool = True) -> Any:
        return self.client.get(path, follow_redirects=follow, **self.more)

    def post(self, path: str, told: dict[str, Any] | None = None, follow: bool = True, page: str | None = None) -> Any:
        """Send a form with the token of `page` (the form's own address, where none is named)."""
        found = TOKEN.search(self.get(page or path).text)
        data = {**(told or {}), "csrf_token": found[1] if found else ""}
        return self.client.post(path, data=data, follow_redirects=follow, **self.more)

    def log_in(self, who: Person) -> Any:
        answer = self.post("/console/login", {"login": who.login, "password": who.password})
        if who.secret:
            answer = self.post("/console/login/code", {"code": who.code()})
        assert answer.status_code == 200, answer.text
        return answer

    def cookie(self) -> str | None:
        found = self.client.get_cookie("xinyi")
        return found.value if found else None


Visit = Callable[..., Visitor]  # the fixture `visitor`


def words(answer: Any) -> str:
    """A page's text without its tags."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.text, flags=re.S)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))
