"""The public SDK asks for a bill, fetches it, and opens it; an order is found in it by the merchant's own number.

The clock is everybody's here, so the ledger's days are put back instead. Fails, as tried: with `encrypt_key` under
another padding; with the file in base64; without `orders/queries.numbers_of`.
"""

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.benefits.models import Offer
from app.kernel import clock
from tests.merchant_api.till import Till
from tests.orders.conftest import APPID, Phone, body, lin, person, sdk, shop
from tests.statements.test_statements import rows

__all__ = ["lin", "person", "sdk", "shop"]


@pytest.fixture
def two_days_ago(db: psycopg.Connection) -> Callable[[], str]:
    """All that is booked was booked then; the merchant joined before. The day."""

    def put_back() -> str:
        with db.transaction():
            db.execute("SET LOCAL session_replication_role = replica")
            db.execute("UPDATE ledger_entries SET at = at - interval '2 days'")
            db.execute("UPDATE merchants SET created_at = created_at - interval '9 days'")
        return (clock.today() - timedelta(days=2)).isoformat()

    return put_back


def test_the_public_sdk_from_the_order_to_its_line(app: Any, sdk: Any, till: Till, rental: Offer, lin: Phone,
                                                   two_days_ago: Callable[[], str],
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    made = till.post("/v3/payscore/serviceorder", body(rental, out_order_no="ORD-7", need_user_confirm=True))
    assert made.status_code == 200, made.text
    assert lin.confirm(made.json["package"]).status_code < 300
    ended = till.post("/v3/payscore/serviceorder/ORD-7/complete", {
        "appid": APPID, "service_id": rental.service_id, "total_amount": 0,
        "post_payments": [{"name": "租金", "amount": 0}]})
    assert ended.status_code == 200, ended.text
    day = two_days_ago()
    monkeypatch.setitem(app.extensions["settings"]._values, "PUBLIC_BASE_URL", sdk._core._gate_way)
    status, text = sdk.payscore_merchant_bill(day, rental.service_id)
    assert status == 200, text
    (part,) = json.loads(text)["download_bill_list"]
    status, box = sdk.download_bill(part["download_url"])
    assert status == 200, box
    key = sdk.decrypt(part["encrypt_key"]).encode()
    file = gzip.decompress(AESGCM(key).decrypt(part["nonce"].encode(), box, None))
    assert hashlib.sha1(file).hexdigest() == part["hash_value"]  # noqa: S324 - WeChat Pay's
    lines, summary = rows(file)
    assert [(line["类型"], line["商户服务订单号"], line["商户使用单号"], line["免除(分)"]) for line in lines] == [
        ("开立", "ORD-7", "", "3000"), ("完结", "ORD-7", "", "3000")]
    assert (summary["开立免除(分)"], summary["完结免除(分)"], summary["完结实付(分)"]) == ("3000", "3000", "0")
