"""An operator's morning in a real Chromium, on a desk and on a phone: pages fit, are accessible, and say nothing aloud.

CONSOLE_IMAGES=docs/images keeps the pictures, and with it, or with PROOF=full, every page is seen.
"""

import os
from typing import Any

import pytest
from flask import Flask

from app.checks import origins
from app.feedback import initiatives, reconciling, sending, warning
from app.kernel import clock
from app.merchants import enrolling
from tests.benefits import ground
from tests.console.operations.conftest import listed, take, told
from tests.console.operations.test_matters import refused
from tests.console.watching import DESK, PHONE, Served, log_in, serious, watching
from tests.staff.people import Person

HOME = "/console/operations/"
SOME = {"home", "platform", "record", "initiative"}
WHOLE = bool(os.environ.get("CONSOLE_IMAGES")) or os.environ.get("PROOF") == "full"


@pytest.fixture
def morning(app: Flask, used: list[str], sandbox: Any) -> list[str]:
    """Records that were rejected, a day compared, initiatives near and far, a strange event, an entry, a body."""
    with app.app_context():
        shop = ground.queries.by_mchid("1600000001")
        assert shop is not None
        sandbox.control("POST", "/platform/providers", {"uscc": shop.uscc, "known": False})
        sending.work()
        sandbox.control("POST", "/platform/providers", {"uscc": shop.uscc, "known": True})
        reconciling.reconcile(clock.today())
        for number in ("I-2026-001", "I-2026-002"):
            sandbox.control("POST", "/platform/initiatives", told(number))
        initiatives.poll(at_once=True)
        body = enrolling.enrol(enrolling.NewMerchant("示例区政务服务中心", "11360100MADEM0003H", mchid="1600000003",
                                                     kind="public_body"))
        origins.allow(body.id, "https://approval.example.gov.cn")
    soon = clock.day_end(clock.add_working_days(clock.today(), 1)).replace(microsecond=0)
    take(app, told("I-2026-003", title="守信激励：图书馆免押借阅", respond_by=clock.rfc3339(soon)))
    with app.app_context():
        warning.run_due()
    refused(app, fine="新的字段")
    listed(app)
    return used


def test_pages_on_a_desk_and_on_a_phone(served: Served, browser: Any, morning: list[str], person: Person) -> None:
    paths = {"home": "", "platform": "platform/", "feedback": "feedback/", "batches": "feedback/batches",
             "records": "records/", "record": f"records/{morning[0]}", "correct": f"records/{morning[0]}/correct",
             "reconciliations": "reconciliations/", "day": f"reconciliations/{clock.today()}", "events": "events/",
             "event": "events/one/E/1", "initiatives": "initiatives/", "initiative": "initiatives/one/I-2026-001",
             "accept": "initiatives/accept/I-2026-001", "months": "initiatives/months", "checks": "checks/",
             "body": "checks/1600000003", "red-list": "red_list/", "entry": "red_list/JX2026-0001",
             "appeals": "appeals/"}
    if not WHOLE:
        paths = {name: path for name, path in paths.items() if name in SOME}
    found = {}
    cookies: list[Any] = []
    for size, width in ((DESK, "desk"), (PHONE, "phone")):
        with watching(browser, served, size, cookies) as there:
            cookies = cookies or log_in(there, {"login": person.login, "password": person.password,
                                                "totp_secret": str(person.secret)})
            for name, path in paths.items():
                assert there.go(HOME + path).status == 200, path
                there.fits()
                there.picture(f"op-{name}-{width}")
                if width == "phone" or name in {"home", "initiative", "day"}:
                    found[f"{name} {width}"] = serious(there)
            there.quiet()
    assert {page: problems for page, problems in found.items() if problems} == {}


def test_two_clicks_and_a_correction(served: Served, browser: Any, morning: list[str], person: Person) -> None:
    """Fails, as tried, where the dialog's form loses its address."""
    with watching(browser, served, DESK) as there:
        log_in(there, {"login": person.login, "password": person.password, "totp_secret": str(person.secret)})
        page = there.page
        there.go(f"{HOME}initiatives/one/I-2026-001")
        page.click("text=照此设立 >> nth=0")
        page.click("dialog[open] button >> text=建立草稿")
        page.wait_for_selector("[data-toast] >> text=已建立草稿权益")
        page.click("td >> text=开放")
        page.click("dialog[open] button >> text=开放")
        page.click("[data-toast] >> text=撤销")
        page.wait_for_selector("text=没有人能再领取")
        there.go(f"{HOME}records/?mended=no")
        page.click("tbody a >> nth=0")
        page.click("text=更正并重报")
        page.fill("#f-waived_fen", "700")
        page.fill("#f-note", "金额录错")
        page.click("text=下一步")
        page.wait_for_selector("td >> text=700")
        there.picture("op-correction-desk")
        page.click("button >> text=确认更正并重报")
        page.wait_for_selector("[data-toast] >> text=已写入更正记录")
        there.quiet()
