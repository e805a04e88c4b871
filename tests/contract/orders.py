"""The part of the scene that is about service orders: one that runs, one that waits, and a permission that is open."""

import itertools
from collections.abc import Callable
from typing import Any

from app.kernel import clock
from app.merchants import queries as merchants
from app.orders import moments
from tests.merchant_api.till import Till

NOTIFY = "https://shop.example/notify"
_numbers = itertools.count(1)


class Orders:
    """`phone(method, path, json)` calls as the citizen who consented to all that the service needs."""

    def __init__(self, shop: Till, service_id: str, phone: Callable[..., Any]) -> None:
        self.shop, self.phone = shop, phone
        self.which = {"appid": merchants.get(shop.merchant_id).appid, "service_id": service_id}
        self.code = f"AUTH-{next(_numbers)}"
        self.token = self._applied(self.code)
        asked = phone("GET", f"/api/v1/service-permissions/{self.token}")
        self.agreed = {"token": self.token, **{name: asked[name] for name in ("text_version", "text_digest")}}
        self.permission_id = phone("POST", "/api/v1/service-permissions", self.agreed)["id"]
        self.openid = good(shop.get(f"/v3/payscore/permissions/authorization-code/{self.code}"
                                    f"?service_id={service_id}"))["openid"]
        self.waiting = good(shop.post("/v3/payscore/serviceorder", self.order()))
        self.running = good(shop.post("/v3/payscore/serviceorder", self.order(
            need_user_confirm=False, openid=self.openid)))

    def path(self, operation_id: str) -> dict[str, str]:
        permission = self.token if operation_id == "orders_asked" else self.permission_id
        return {"out_order_no": self.running["out_order_no"], "order_id": self.waiting["package"],
                "permission": permission, "authorization_code": self.code, "openid": self.openid}

    def bodies(self) -> dict[str, Callable[[], dict[str, Any]]]:
        due = {"post_payments": [{"name": "租金", "amount": 100}], "total_amount": 100}
        direct = {**self.which, **due, "openid": self.openid, "service_introduction": "停车", "notify_url": NOTIFY,
                  "time_range": {"start_time": "20260101", "end_time": "20260102"}}
        return {
            "orders_allow": lambda: self.agreed,
            "payscore_create": self.order,
            "payscore_cancel": lambda: {**self.which, "reason": "用户投诉"},
            "payscore_complete": lambda: {**self.which, **due},
            "payscore_modify": lambda: {**self.which, **due, "reason": "减免"},
            "payscore_pay": lambda: self.which,
            "payscore_sync": lambda: {**self.which, "type": "Order_Paid",
                                      "detail": {"paid_time": moments.told(clock.now())}},
            "payscore_direct_complete": lambda: {**direct, "out_order_no": f"DIRECT-{next(_numbers)}"},
            "payscore_sdk_direct_complete": lambda: {**direct, "out_order_no": f"DIRECT-{next(_numbers)}"},
            "payscore_apply": lambda: {**self.which, "authorization_code": f"AUTH-{next(_numbers)}"},
            "payscore_end_by_code": lambda: {"service_id": self.which["service_id"], "reason": "不再合作"},
            "payscore_end_by_openid": lambda: {**self.which, "reason": "不再合作"},
        }

    def order(self, **other: Any) -> dict[str, Any]:
        return {**self.which, "out_order_no": f"SO-{next(_numbers)}", "service_introduction": "免押借雨伞",
                "time_range": {"start_time": "OnAccept"}, "risk_fund": {"name": "DEPOSIT", "amount": 3000},
                "notify_url": NOTIFY, **other}

    def _applied(self, code: str) -> str:
        told = {**self.which, "authorization_code": code, "notify_url": NOTIFY}
        return str(good(self.shop.post("/v3/payscore/permissions", told))["apply_permissions_token"])


def good(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.json
