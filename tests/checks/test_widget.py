"""The widget in a real Chromium, inside a page of another origin under a strict policy.

Breaks that were tried: an inline style on the frame, the token in the query, any origin let in where none is
registered; each failed here.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from app.checks import origins
from app.checks.errors import OriginRefused
from tests.cast import LIN
from tests.checks.conftest import BETTER, TITLE, agree, ask, comes
from tests.checks.host import Host, Watched
from tests.checks.test_checks import pass_by
from tests.serving import serving


@pytest.fixture
def counter(app: Any, body: Any, browser: Any) -> Iterator[Any]:
    """(page, host, host's origin, ours watched): a counter's screen, not yet opened; `page.complaints` are kept."""
    host, watched = Host(), Watched(app)
    with serving(watched) as ours, serving(host) as theirs:
        host.ours = ours
        context = browser.new_context(viewport={"width": 900, "height": 760})
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: said.type in ("error", "warning") and page.complaints.append(said.text))
        page.on("pageerror", lambda wrong: page.complaints.append(str(wrong)))
        yield page, host, theirs, watched
        context.close()


def test_an_officer_is_shown_and_records(app: Any, sandbox: Any, body: Any, counter: Any, tmp_path: Any) -> None:
    page, host, theirs, watched = counter
    with app.app_context():
        origins.allow(body.merchant_id, theirs)
    asked = ask(body)
    host.token = asked["widget_token"]
    page.goto(theirs)
    frame = page.frame_locator("#incentives iframe")
    frame.get_by_text("等待申请人扫码").wait_for()
    assert frame.locator("#qr").evaluate("image => image.complete && image.naturalWidth > 0")
    assert "个体工商户设立登记" in frame.locator("#matter").inner_text()
    page.screenshot(path=tmp_path / "waiting.png")
    assert agree(comes(app, sandbox, LIN), asked["qr_content"]).status_code == 200
    frame.get_by_text("可享受", exact=True).wait_for()
    assert frame.get_by_role("radio", name=TITLE).is_enabled()
    assert frame.get_by_role("radio", name=BETTER).is_disabled()
    frame.get_by_role("radio", name=TITLE).focus()
    page.keyboard.press("Space")
    frame.get_by_label("备注").fill("材料后补")
    page.screenshot(path=tmp_path / "done.png")
    assert frame.locator("main").evaluate("() => innerHeight >= document.documentElement.offsetHeight"), "cut nowhere"
    frame.get_by_role("button", name="记录响应").press("Enter")
    frame.get_by_text("响应已记录").wait_for()
    page.screenshot(path=tmp_path / "recorded.png")
    told = body.get("/v3/xinyi/checks/C-1").json["response"]
    assert (told["officer"], told["note"]) == ("W-07", "材料后补")
    assert page.complaints == [], "nothing was refused by either policy"
    assert page.evaluate("document.querySelectorAll('[style]').length") == 0
    proof = asked["widget_token"].rpartition(".")[2]
    assert watched.asked
    assert not any(proof in each or asked["check_no"] in each for each in watched.asked), "no token in any address"


def test_a_page_of_another_origin_frames_nothing(body: Any, counter: Any) -> None:
    page, host, theirs, _ = counter
    host.token = ask(body)["widget_token"]
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.goto(theirs)
    assert page.frame_locator("#incentives iframe").locator("#status").count() == 0


def test_a_token_that_is_over_says_so(app: Any, db: Any, body: Any, counter: Any) -> None:
    page, host, theirs, _ = counter
    with app.app_context():
        origins.allow(body.merchant_id, theirs)
    host.token = ask(body)["widget_token"]
    pass_by(db, 3600)
    page.goto(theirs)
    page.frame_locator("#incentives iframe").get_by_text("请在审批系统中重新发起核验").wait_for()


def test_the_pages_own_policy(app: Any, body: Any, till_of: Any) -> None:
    with app.app_context():
        origins.allow(body.merchant_id, "https://sp.example.gov.cn")
        origins.allow(body.merchant_id, "https://sp.example.gov.cn")
        origins.allow(body.merchant_id, "http://127.0.0.1:8080")
    client = app.test_client()
    page = client.get(f"/embed/v1/{body.mchid}/check")
    policy = page.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors http://127.0.0.1:8080 https://sp.example.gov.cn")
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in page.headers
    with app.app_context():
        for origin in ("https://sp.example.gov.cn", "http://127.0.0.1:8080"):
            assert origins.disallow(body.merchant_id, origin)
    page = client.get(f"/embed/v1/{body.mchid}/check")
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert page.headers["X-Frame-Options"] == "DENY"
    shop = till_of(1)
    for nobody in (shop.mchid, "1699999999", "x", "１６０００００００３"):
        assert client.get(f"/embed/v1/{nobody}/check").status_code == 404
    script = client.get("/embed/v1/check.js")
    assert script.content_type == "text/javascript; charset=utf-8"
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "eval" not in script.text.replace("no eval", "")


def test_what_no_origin_is(app: Any, body: Any) -> None:
    for wrong in ("http://sp.example.gov.cn", "https://sp.example.gov.cn/", "https://*.gov.cn", "https://a;script-src",
                  "https://", "https://甲.cn", "null", "*", "https://a.cn:0", "https://u@a.cn", "https://a.cn 'self'",
                  "https://a.cn\n"):
        with app.app_context(), pytest.raises(OriginRefused):
            origins.allow(body.merchant_id, wrong)
