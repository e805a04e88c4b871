"""A sandbox merchant by one click: what it is given works at once, and production has none.

Breaks tried: the setting not looked at, production starting with it.
"""

import re
from html import unescape
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization

import config
from app.benefits import sandboxing
from app.kernel import jsons
from app.kernel.settings import settings
from config.loading import ConfigRefused
from tests.console.browsing import Some, Visit, Visitor
from tests.merchant_api.till import Till

PAGE = "/console/merchant/sandbox/"


def made(answer: Any) -> dict[str, Any]:
    found = re.search(r'id="all"[^>]*>(.*?)</textarea>', answer.text, re.S)
    assert found, answer.text
    told: dict[str, Any] = jsons.loads(unescape(found[1]).encode())
    return told


def calling(app: Any, told: dict[str, Any]) -> Till:
    """A till that knows what the page told, and nothing else."""
    key: Any = serialization.load_pem_private_key(told["private_key"].encode(), None)
    ours: Any = serialization.load_pem_public_key(told["our_public_key"].encode())
    return Till(app.test_client(), told["mchid"], told["serial_no"], key, ours, told["our_key_id"])


def test_one_click_and_the_first_call_works(app: Any, manager: Visitor, db: psycopg.Connection) -> None:
    assert "建立一个沙箱商户" in manager.get(PAGE).text
    told = made(manager.post(PAGE))
    till = calling(app, told)
    order = till.post("/v3/payscore/serviceorder", {
        "out_order_no": "SANDBOX-0001", "appid": told["appid"], "service_id": told["services"]["rental"],
        "service_introduction": "免押借雨伞", "time_range": {"start_time": "OnAccept"},
        "notify_url": told["notify_url"], "risk_fund": {"name": "DEPOSIT", "amount": 3000}})
    assert order.status_code == 200, order.text
    assert order.json["state"] == "CREATED"
    codes = db.execute("SELECT uscc FROM merchants WHERE mchid = %s", (told["mchid"],)).fetchone()
    assert codes
    assert codes[0][2:8] == sandboxing.REGION
    name = told["private_key"].splitlines()[1]
    assert not db.execute("SELECT 1 FROM merchant_keys WHERE public_key_pem LIKE %s", (f"%{name}%",)).fetchone()
    assert db.execute("SELECT actor FROM trail_entries WHERE what = 'merchant.sandbox'").fetchall()[0][0].startswith(
        "merchant:")
    again = made(manager.post(PAGE))
    assert again["mchid"] != told["mchid"]


def test_its_manager_gets_in_and_operators_make_them_too(app: Any, visitor: Visit, someone: Some) -> None:
    operator = visitor(someone("operator"))
    told = made(operator.post("/console/operations/sandbox/"))
    link = told["invitation"].partition("/console")[2]
    page = visitor().get(f"/console{link}")
    assert told["login"] in page.text
    printed = app.test_cli_runner().invoke(args=["benefits", "sandbox-merchant", "--by", "test"])
    assert jsons.loads(printed.output.encode())["services"].keys() == {"rental", "volunteer"}


def test_nobody_else_and_nowhere_else(app: Any, visitor: Visit, someone: Some, manager: Visitor, till: Till,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    assert visitor(someone("audit_admin")).get("/console/operations/sandbox/").status_code == 403
    with app.app_context():
        monkeypatch.setitem(settings()._values, "SANDBOX_MERCHANTS", False)
    assert manager.get(PAGE).status_code == 404
    assert "沙箱商户" not in manager.get("/console/merchant/").text
    assert app.test_cli_runner().invoke(args=["benefits", "sandbox-merchant", "--by", "test"]).exit_code == 1


def test_production_refuses_to_start_with_it() -> None:
    with pytest.raises(ConfigRefused) as no:
        config.load({"XINYI_ENV": "production", "SANDBOX_MERCHANTS": "true"})
    assert "SANDBOX_MERCHANTS: what they use would be reported" in str(no.value)
    with pytest.raises(ConfigRefused) as other:
        config.load({"XINYI_ENV": "production"})
    assert "SANDBOX_MERCHANTS" not in str(other.value)
