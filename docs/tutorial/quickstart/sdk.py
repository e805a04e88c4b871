"""The same order by the public SDK `wechatpayv3`, made for WeChat Pay: its host is changed, and nothing else.

    . ./shop.env && .venv/bin/python docs/tutorial/quickstart/sdk.py          (pip install wechatpayv3)
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from citizen import Phone
from wechatpayv3 import WeChatPay, WeChatPayType

TOLD = os.environ


def sdk() -> WeChatPay:
    """By our public key and its id; by certificate, `cert_dir` is a folder with ours, and there is no public key."""
    made = WeChatPay(WeChatPayType.MINIPROG, TOLD["MCHID"], Path(TOLD["PRIVATE_KEY"]).read_text("utf-8"),
                     TOLD["SERIAL_NO"], TOLD["APPID"], TOLD["APIV3_KEY"], notify_url=TOLD["NOTIFY_URL"],
                     timeout=(5, 30), public_key=Path(TOLD["PLATFORM_KEY"]).read_text("utf-8"),
                     public_key_id=TOLD["PLATFORM_KEY_ID"])
    made._core._gate_way = TOLD["XINYI_HOST"]  # the one change
    return made


def good(answer: tuple[int, str]) -> dict[str, Any]:
    """The SDK has checked our signature by now."""
    status, told = answer
    if status != 200:
        raise SystemExit(told)
    return dict(json.loads(told))


if __name__ == "__main__":
    pay, service, number = sdk(), TOLD["SERVICE_ID"], f"O{secrets.token_hex(12)}"
    order = good(pay.payscore_create(number, service, "租充电宝", {"start_time": "OnAccept"},
                                     {"name": "DEPOSIT", "amount": 3000}))
    Phone(service).confirm(order["package"])
    good(pay.payscore_complete(number, service, [{"name": "租金", "amount": 300}], 300))
    paid = datetime.now(UTC) + timedelta(hours=8)
    done = good(pay.payscore_sync(number, service, detail={"paid_time": f"{paid:%Y%m%d%H%M%S}"}))
    print("the order:", done["state"])
