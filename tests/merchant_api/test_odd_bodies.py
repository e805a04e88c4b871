"""Whatever a signed merchant sends, the answer is a 200 or a named no; never a fault of ours (P7)."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.benefits.models import Offer
from tests.merchant_api.till import Till

NAMES = ("presentation", "service_id", "entitlement_no", "out_redemption_no", "amount", "original", "waived", "paid",
         "store_id", "clerk", "total_amount", "post_payments", "post_discounts", "ended_at", "note", "reason", "name",
         "missing", "due", "result_no", "legal_ground")
PATHS = ("/v3/xinyi/verifications", "/v3/xinyi/redemptions", "/v3/xinyi/redemptions/ODD-1/completion",
         "/v3/xinyi/redemptions/ODD-1/reversal", "/v3/xinyi/redemptions/%E4%BD%A0%00/reversal",
         "/v3/xinyi/applications/E1/acceptance", "/v3/xinyi/applications/E1/supplement",
         "/v3/xinyi/applications/%27%22/fulfilment", "/v3/xinyi/applications/E1/rejection")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80)
    | st.sampled_from(["ODD-1", "2026-12-31", "2026-11-23T09:30:00+08:00", "\x7f", "𠮷", 10**13, -1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8)


def test_no_body_breaks_a_door(till: Till, till_of: Callable[..., Till], rental: Offer,
                               show: Callable[..., Any]) -> None:
    _, code = show(rental)
    known = {"out_redemption_no": "ODD-1", "presentation": code, "service_id": rental.service_id}
    assert till.post("/v3/xinyi/redemptions", known).status_code == 200
    hall = till_of(3, "public_body")

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(path=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(NAMES), values, max_size=6),
           whole=st.booleans(), at=st.sampled_from([till, hall]))
    @example(path="/v3/xinyi/redemptions/ODD-1/completion", body={"total_amount": 10**18}, whole=True, at=till)
    @example(path="/v3/xinyi/redemptions", body={**known, "out_redemption_no": "ODD-2", "amount": {"original": 0}},
             whole=True, at=till)
    def ask(path: str, body: Any, whole: bool, at: Till) -> None:
        sent = body if whole else [body]
        answer = at.send("POST", path, json.dumps(sent).encode())
        assert answer.status_code in (200, 400, 403, 404), (path, sent, answer.text)

    ask()
