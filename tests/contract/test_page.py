"""/docs in a real browser: it draws the contract, says nothing to the console, and asks nobody but us.

Fails, as tried: with a style or script from another host in docs.html, with `script-src` taken from the page's policy,
with an operation missing from the document. DOCS_IMAGE=docs/images/docs.png keeps the picture for the README.
"""

import os
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.stack import Stack

VIOLATED = "e => console.error(e.violatedDirective, e.blockedURI)"


def test_the_contract_is_drawn_from_our_own_origin(stack: Stack, browser: Any) -> None:
    paths = requests.get(f"{stack.base_url}/openapi.json", timeout=10).json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values() if "operationId" in operation]
    context = browser.new_context(viewport={"width": 1280, "height": 960}, locale="zh-CN")
    said: list[str] = []
    asked: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(f"document.addEventListener('securitypolicyviolation', {VIOLATED})")
    try:
        answer = page.goto(f"{stack.base_url}/docs")
        page.wait_for_selector(".opblock-tag-section .opblock")
        assert page.title() == "信易+ 接口文档"
        assert page.locator(".opblock").count() == len(operations)
        if os.environ.get("DOCS_IMAGE"):
            page.screenshot(path=os.environ["DOCS_IMAGE"])
        page.locator(".opblock-summary-path").filter(has_text="/claims").first.click()
        page.wait_for_selector(".opblock.is-open .responses-table")
        assert "SOLD_OUT" in page.locator(".opblock.is-open").inner_text()
        assert "Idempotency-Key" in page.locator(".opblock.is-open").inner_text()
        page.mouse.wheel(0, 20_000)
        page.wait_for_load_state("networkidle")
    finally:
        context.close()
    assert said == []
    assert {urlsplit(url)[:2] for url in asked if not url.startswith("data:")} == {urlsplit(stack.base_url)[:2]}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
