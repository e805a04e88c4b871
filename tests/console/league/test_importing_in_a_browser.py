"""Importing in a real Chromium, on a desk and on a phone: the page follows the work by itself, also after a reload; axe
finds nothing serious, the keyboard is enough for the upload.

What it is there to see (not tried by breaking): the page without its trigger (it would stay at "正在读取").
"""

from pathlib import Path
from typing import Any

from flask import Flask

from app.volunteers import registering
from app.volunteers.imports import carrying as carrying_imports
from tests.console.league.conftest import Ground
from tests.console.watching import DESK, PHONE, Served, Watched, serious, watching
from tests.volunteers import league, sheets

PAGE = "/console/league/imports/"


def looked(there: Watched, name: str = "") -> None:
    assert serious(there) == [], there.page.url
    there.fits()
    if name:
        there.picture(f"league-{name}")


def carry(app: Flask) -> None:
    with app.app_context():
        carrying_imports.run_due()


def sheet(folder: Path) -> Path:
    """Of a school: two that are wrong, one whose name has changed."""
    rows = [*sheets.people(5, first=20), ("", league.number(serial=31), ""), ("林", "36010219", "199"),
            ("改名的", league.number(serial=1), "")]
    file = folder / "志愿者名单.csv"
    file.write_bytes(sheets.csv_of(rows, head=("学生", "身份证号", "手机号"), encoding="gb18030"))
    return file


def test_an_import(app: Flask, ground: Ground, served: Served, browser: Any, tmp_path: Path) -> None:
    cookie = ground.there("east").cookie()
    cookies = [{"name": "xinyi", "value": str(cookie), "url": served.base_url}]
    with watching(browser, served, DESK, cookies) as there:
        page = there.page
        there.go(PAGE)
        looked(there)
        page.click("text=导入志愿者")
        page.set_input_files("#f-file", sheet(tmp_path))
        looked(there, "import-upload-desk")
        page.press("#f-file", "Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=可以离开这个页面")
        page.reload()
        page.wait_for_selector("text=可以离开这个页面")
        looked(there)
        carry(app)
        page.click("text=选择列")  # the page has seen by itself that it was read
        page.select_option("#f-name", label="第 1 列 学生")
        looked(there, "import-columns-desk")
        page.click("button:has-text('继续')")
        page.wait_for_selector("progress")
        carry(app)
        page.wait_for_selector("text=只导入没有问题的 6 行")
        looked(there, "import-preview-desk")
        with page.expect_download() as kept:
            page.click("text=下载有问题的行")
        assert kept.value.suggested_filename == "志愿者-标注问题.xlsx"
        page.click("text=只导入没有问题的 6 行")
        page.click("dialog button.btn-primary")
        page.wait_for_selector("progress")
        carry(app)
        page.wait_for_selector("text=撤销整次导入")
        looked(there)
        with app.app_context():
            registering.enrol(ground.league.east, league.person("后来改的", league.number(serial=21)))
        page.click("text=撤销整次导入")
        page.click("dialog button.btn-danger")
        page.wait_for_selector("progress")
        carry(app)
        page.wait_for_selector("text=保留未撤销的行")
        looked(there, "import-undone-desk")
        at = page.url
        there.quiet()
    with watching(browser, served, PHONE, cookies) as there:
        for path, name in ((PAGE, "imports-phone"), (f"{PAGE}volunteers/new", ""),
                           (at.removeprefix(served.base_url), "import-undone-phone")):
            there.go(path)
            looked(there, name)
        there.quiet()
