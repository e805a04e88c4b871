"""A merchant's whole day in Python: a benefit, a deposit-free order, its notifications, a day's statement.

    . ./shop.env && .venv/bin/python docs/tutorial/quickstart/shop.py [DAY]      DAY: YYYY-MM-DD, a day that is over
"""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta

from citizen import Phone
from client import Refused, Shop
from receiver import Receiver

SERVICE, APPID = os.environ["SERVICE_ID"], os.environ["APPID"]
OURS = {"appid": APPID, "service_id": SERVICE}


def benefit(shop: Shop, code: str) -> None:
    """A code on a phone: looked at, used once, brought back."""
    seen = shop.call("POST", "/v3/xinyi/verifications", {"presentation": code, "service_id": SERVICE})
    print("may they have it?", seen["eligible"])
    number = f"R{secrets.token_hex(12)}"
    use = {"out_redemption_no": number, "presentation": code, "service_id": SERVICE}
    first = shop.call("POST", "/v3/xinyi/redemptions", use)
    print("sent again, the same answer:", shop.call("POST", "/v3/xinyi/redemptions", use) == first)
    try:
        shop.call("POST", "/v3/xinyi/redemptions", {**use, "out_redemption_no": f"R{secrets.token_hex(12)}"})
    except Refused as no:
        print("a second use of the code:", no.code)
    back = shop.call("POST", f"/v3/xinyi/redemptions/{number}/completion", {"total_amount": 300})
    print("brought back:", back["state"])


def order(shop: Shop, notify_url: str) -> str:
    """As PayScore speaks it: made, confirmed on the phone, complete, paid."""
    number = f"O{secrets.token_hex(12)}"
    made = shop.call("POST", "/v3/payscore/serviceorder", {
        **OURS, "out_order_no": number, "service_introduction": "租充电宝", "notify_url": notify_url,
        "time_range": {"start_time": "OnAccept"}, "risk_fund": {"name": "DEPOSIT", "amount": 3000},
        "need_user_confirm": True})
    Phone(SERVICE).confirm(made["package"])
    shop.call("POST", f"/v3/payscore/serviceorder/{number}/complete", {
        **OURS, "post_payments": [{"name": "租金", "amount": 300}], "total_amount": 300})
    paid = datetime.now(UTC) + timedelta(hours=8)
    done = shop.call("POST", f"/v3/payscore/serviceorder/{number}/sync", {
        **OURS, "type": "Order_Paid", "detail": {"paid_time": f"{paid:%Y%m%d%H%M%S}"}})
    print("the order:", done["state"])
    return number


if __name__ == "__main__":
    ours = Shop.from_environment()
    benefit(ours, Phone(SERVICE).code())
    with Receiver(ours) as receiver:
        made = order(ours, receiver.url)
        for told in receiver.wait_for(2):
            print("we were told:", told["event_type"], "of this order:", told["resource"]["out_order_no"] == made)
    ours.fetch_certificates()
    print("certificates of the platform:", len(ours.platform_keys) - 1)
    for day in sys.argv[1:]:
        print("statement:", len(ours.statement(day)), "bytes, digest as told")
