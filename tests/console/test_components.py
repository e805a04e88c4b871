"""What pages are made of, in a real Chromium over a page with one of everything: chart, upload, progress, undo, export.

Seen to fail: where the page evaluates a text as a program, or is given a style, at which the policy speaks up.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import jinja2
import pytest
from flask import Flask

from app.factory import create_app
from app.kernel import progress
from config import load
from tests.console import sample_views
from tests.console.browsing import Visitor, words
from tests.console.watching import DESK, PHONE, ROOT, Served, Watched, log_in, serious, watching
from tests.serving import serving
from tests.staff.people import Person


@pytest.fixture
def sample(environ: dict[str, str], db: Any) -> Flask:
    """The application with the sample's pages."""
    app = create_app(load(environ))
    app.register_blueprint(sample_views.make())
    app.jinja_loader = jinja2.ChoiceLoader([  # type: ignore[misc]
        app.jinja_loader, jinja2.FileSystemLoader(ROOT / "tests/console/templates")])
    sample_views.done.clear()
    return app


@pytest.fixture
def served(sample: Flask) -> Iterator[Served]:
    """It answers a browser."""
    with serving(sample) as base_url:
        yield Served(base_url)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_of_everything(served: Served, browser: Any, someone: Callable[..., Person], sample: Flask,
                           size: dict[str, int]) -> None:
    who = someone("operator")
    with watching(browser, served, size) as there:
        log_in(there, {"login": who.login, "password": who.password, "totp_secret": str(who.secret)})
        there.go("/console/operations/sample/")
        page = there.page
        page.wait_for_selector("[data-chart] canvas")
        page.click("text=数据表")
        assert page.inner_text("figure tbody tr:last-child").split() == ["乙", "5", "2"]
        there.fits()
        there.picture(f"sample-{'phone' if size is PHONE else 'desk'}")
        assert serious(there) == []
        page.click("text=下一页")
        page.wait_for_selector("#table-sample tbody tr:first-child >> text=第 20 行")
        page.click("text=暂停")
        page.click("dialog[open] button.btn-danger")
        page.click("[data-toast] >> text=撤销")
        page.wait_for_selector("text=已撤销")
        assert sample_views.done == ["act", "undo"]
        upload(there, sample)
        there.quiet(but="status of 422")


def upload(there: Watched, sample: Flask) -> None:
    """Too large isn't sent; what is wrong is told with what was typed; then progress, also over a reload."""
    there.go("/console/operations/sample/upload")
    page = there.page
    asked = len(there.asked)
    page.fill("#f-name", "名单")
    choose(page, 100_001)
    page.click("main .btn-primary")
    page.wait_for_selector("text=文件过大")
    assert len(there.asked) == asked, "nothing left the browser"
    page.fill("#f-name", "名")
    choose(page, 99_000)
    page.click("main .btn-primary")
    page.wait_for_selector(".wrong")
    assert page.input_value("#f-name") == "名"
    page.fill("#f-name", "名单")
    choose(page, 99_000)
    page.click("main .btn-primary")
    page.wait_for_selector(".work")
    with sample.app_context():
        identity = uuid.UUID(page.url.rsplit("/", 1)[1])
        progress.move(identity, 49_500)
    page.wait_for_selector(".work progress[value='50']")
    page.reload()
    page.wait_for_selector(".work progress[value='50']")
    with sample.app_context():
        progress.finish(identity, 行数=3)
    page.wait_for_selector("text=已完成")
    assert "行数" in page.inner_text(".work")


def choose(page: Any, size: int) -> None:
    page.set_input_files("#f-paper", {"name": "名单.pdf", "mimeType": "application/pdf", "buffer": b"x" * size})


def test_without_javascript_it_is_the_same(sample: Flask, someone: Callable[..., Person]) -> None:
    there = Visitor(sample)
    there.log_in(someone("operator"))
    home = "/console/operations/sample/"
    assert "第 0 行" in words(there.get(home))
    assert "第 44 行" in words(there.get(f"{home}?sort=-count"))
    assert words(there.get(f"{home}?name=第 7 行")).count("第 7 行") == 1
    assert "可以撤销" in words(there.get(f"{home}act"))
    assert "已暂停" in words(there.post(f"{home}act"))
    assert len(there.post(home).data.splitlines()) == 46
    assert "必填" in words(there.post(f"{home}upload", {"name": "名单"}))
