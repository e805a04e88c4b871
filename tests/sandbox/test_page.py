"""The page in a real browser: its buttons are the control calls, and nothing breaks its own policy.

Break that makes this fail: an inline style, or a `WEATHER` row that the faults do not know.
"""

from typing import Any

from tests.sandbox.conftest import Played


def test_the_buttons_do_what_they_say(play: Played, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"http://127.0.0.1:{play.port}/")
    page.get_by_role("button", name="省平台 502").click()
    page.locator("#orders li").wait_for()
    assert play.caller.call("GET", "/initiatives").status == 502
    page.get_by_role("button", name="省平台 502", pressed=True).click()
    page.locator("#orders li").wait_for(state="detached")
    assert play.caller.call("GET", "/initiatives").status == 200
    card = page.locator(".card").first
    card.locator("select").select_option("D")
    card.locator(".grade.low").wait_for()
    card.get_by_label("有限制").check()
    card.get_by_role("button", name="登录码").click()
    page.get_by_text("js_code").wait_for()
    assert (play.person("lin")["grade"], play.person("lin")["restricted"]) == ("D", True)
    assert len(play.sandbox.parts.wechat.codes) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()
    assert said == []
