"""A real browser at the console, in which nothing goes unheard: messages, violations of the policy, other hosts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.staff.people import fresh_code

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
HEARD = {"warning", "error"}
VIOLATED = "document.addEventListener('securitypolicyviolation', e => console.error(e.violatedDirective, e.blockedURI))"


class Served:
    """An application that a test serves by itself, where a stack isn't needed."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


class Watched:
    """A page of a browser with what was said and asked there."""

    def __init__(self, page: Any, base_url: str) -> None:
        self.page, self.base_url = page, base_url
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text) if message.type in HEARD else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.add_init_script(VIOLATED)

    def go(self, path: str) -> Any:
        return self.page.goto(self.base_url + path, wait_until="load")

    def quiet(self, *, but: str = "-") -> None:
        """Nothing was said (but what the test brought about itself), and nobody but us was asked."""
        said = [each for each in self.said if but not in each]
        assert not said, said
        hosts = {urlsplit(url)[:2] for url in self.asked if not url.startswith(("data:", "blob:"))}
        assert hosts == {urlsplit(self.base_url)[:2]}

    def fits(self) -> None:
        """The page doesn't scroll sideways."""
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), self.page.url

    def picture(self, name: str) -> None:
        """Kept where CONSOLE_IMAGES names a folder, e.g. docs/images."""
        if os.environ.get("CONSOLE_IMAGES"):
            self.page.screenshot(path=f"{os.environ['CONSOLE_IMAGES']}/console-{name}.png", full_page=True,
                                 caret="initial")  # hiding it takes a style, which the policy refuses


@contextmanager
def watching(browser: Any, stack: Any, size: dict[str, int], cookies: list[Any] | None = None,
             **more: Any) -> Iterator[Watched]:
    context = browser.new_context(viewport=size, locale="zh-CN", **more)
    try:
        context.add_cookies(cookies or [])
        yield Watched(context.new_page(), stack.base_url)
    finally:
        context.close()


def log_in(there: Watched, told: dict[str, str]) -> list[Any]:
    """By typing, as people do; the cookies of the session."""
    there.go("/console/login")
    there.page.fill("#f-login", told["login"])
    there.page.fill("#f-password", told["password"])
    there.page.press("#f-password", "Enter")
    if told.get("totp_secret"):
        there.page.wait_for_selector("#f-code")
        there.page.fill("#f-code", fresh_code(told["totp_secret"]))
        there.page.press("#f-code", "Enter")
    there.page.wait_for_selector(".bar .me")
    return list(there.page.context.cookies())


def serious(there: Watched) -> list[str]:
    """What axe finds that is serious or critical; the debugger brings it in, past the page's policy."""
    there.page.evaluate(AXE.read_text("utf-8"))
    found = there.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['target']}" for one in found["violations"]
            if one["impact"] in {"serious", "critical"} for node in one["nodes"]]
