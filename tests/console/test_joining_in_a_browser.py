"""Joining on a phone and an offer's review on a desk, in a real Chromium: drawn, fitting, quiet, accessible.

Breaks tried: a link told apart by its colour alone (axe).
"""

import secrets
from typing import Any

import pytest

from app.merchants import uscc
from tests.console.watching import DESK, PHONE, Watched, log_in, serious, watching
from tests.stack import Stack

PDF = {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 made up"}
SUBMIT = "main form.card button.btn-primary"


@pytest.fixture(scope="module")
def operator(stack: Stack, browser: Any) -> list[Any]:
    """An operator's cookies."""
    with watching(browser, stack, DESK) as there:
        return log_in(there, next(one for one in stack.demo["staff"] if one["login"] == "operator"))


def looked(there: Watched, name: str = "") -> None:
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(name)


def test_joining_on_a_phone_and_admitting_on_a_desk(stack: Stack, browser: Any, operator: list[Any]) -> None:
    """With an upload by XHR; the receipt, the tail, the link with its QR code."""
    first = f"91360100MA{secrets.randbelow(10**7):07d}"
    with watching(browser, stack, PHONE) as there:
        page = there.page
        there.go("/console/login")
        page.click("text=商户申请入驻")
        told = {"name": "示例便利店", "uscc": first + uscc.check_character(first), "region": "360100",
                "plan": "免押金租借雨伞", "contact_name": "示例联系人", "contact_phone": "19900008888"}
        for name, value in told.items():
            page.fill(f"#f-{name}", value)
        page.select_option("#f-kind", "merchant")
        page.set_input_files("#f-licence", PDF)
        looked(there, "join-phone")
        page.click(SUBMIT)
        page.wait_for_selector(".alert-success strong")
        looked(there)
        page.fill("#f-tail", "8888")
        page.click(SUBMIT)
        page.wait_for_selector(".facts")
        assert "审核中" in page.inner_text("main")
        looked(there)
        there.quiet()
    with watching(browser, stack, DESK, operator) as there:
        page = there.page
        there.go("/console/operations/joining/?state=submitted")
        looked(there)
        page.click("tbody a >> nth=0")
        page.wait_for_selector("text=同意入驻")
        looked(there, "joining-desk")
        page.click("text=同意入驻")
        page.wait_for_selector("#f-login")
        page.click(SUBMIT)
        page.wait_for_selector(".qr svg")
        looked(there)
        there.quiet()


def test_an_offer_from_draft_to_live(stack: Stack, browser: Any, operator: list[Any]) -> None:
    """The form of the scenario, a question as a dialog, the review, the chart with its table."""
    with watching(browser, stack, DESK) as there:
        page = there.page
        log_in(there, stack.demo["merchants"][0]["manager"])
        mine = page.context.cookies()
        there.go("/console/merchant/offers/new/rental")
        for name, value in {"title": "免押借雨伞（新）", "summary": "信用良好者免押金借雨伞。", "value_fen": "30",
                            "terms_deposit_ceiling_fen": "30", "terms_max_days": "3", "quota_total": "20"}.items():
            page.fill(f"#f-{name}", value)
        page.select_option("#f-terms_min_grade", index=2)
        page.select_option("#f-terms_item", "umbrella")
        looked(there)
        page.click(SUBMIT)
        page.wait_for_selector("[data-toast]")
        page.click("main .acts >> text=提交审核")
        page.click("dialog[open] button.btn")
        page.wait_for_selector("text=待审核")
        address = page.url.removeprefix(stack.base_url)
        there.quiet()
    with watching(browser, stack, DESK, operator) as there:
        there.go(address.replace("merchant", "operations"))
        looked(there)
        there.page.click("main .acts >> text=通过")
        there.page.click("dialog[open] button.btn")
        there.page.wait_for_selector("text=已上线")
        there.quiet()
    for size, width in ((DESK, "desk"), (PHONE, "phone")):
        with watching(browser, stack, size, mine) as there:
            there.go(address)
            there.page.wait_for_selector("[data-chart] canvas")
            assert there.page.locator("figure details table").count() == 1
            looked(there, f"merchant-offer-{width}")
            for path in ("offers/", "clerks/invite"):
                there.go(f"/console/merchant/{path}")
                looked(there)
            there.quiet()
    with watching(browser, stack, DESK, mine, java_script_enabled=False) as there:
        there.go(address)
        there.page.click("main .acts >> text=结束")
        there.page.click("button.btn-danger")
        assert "仍可使用" in there.page.inner_text("[data-toast]")
