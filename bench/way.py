"""A benefit's way as calls: each stage is made out of the answers of the one before."""

import itertools
import secrets
from typing import Any

import requests

from bench.people import Call, Cast, Citizen

STAGES = ("decide", "claim", "show", "verify", "redeem")
BY_MERCHANT = {"verify", "redeem"}
LOGIN = "/api/v1/sessions"


class Way:
    """`calls(stage)` gives the next calls; `took(answers)` keeps what the stages after it need."""

    def __init__(self, cast: Cast, count: int) -> None:
        self._cast = cast
        self._people = [citizen for citizen, _ in zip(itertools.cycle(cast.citizens), range(count), strict=False)]
        self._answers: dict[str, list[Any]] = {}

    def calls(self, stage: str) -> list[Call]:
        return [self._call(stage, place, citizen) for place, citizen in enumerate(self._people)]

    def took(self, stage: str, answers: list[Any]) -> None:
        """Raises AssertionError where an answer isn't the yes that it should be."""
        assert all(answer.get("eligible", True) is True for answer in answers), f"{stage} said no"
        self._answers[stage] = answers

    def _call(self, stage: str, place: int, citizen: Citizen) -> Call:
        offer, merchant = f"/api/v1/offers/{self._cast.offer_id}", self._cast.merchant
        match stage:
            case "decide":
                return citizen.call(f"{offer}/decisions", {})
            case "claim":
                return citizen.call(f"{offer}/claims", {}, keyed=True)
            case "show":
                return citizen.call(f"/api/v1/entitlements/{self._answers['claim'][place]['id']}/presentations", {})
        shown = {"presentation": self._answers["show"][place]["code"], "service_id": self._cast.service_id}
        if stage == "verify":
            return merchant.call("/v3/xinyi/verifications", shown)
        return merchant.call("/v3/xinyi/redemptions", {
            **shown, "out_redemption_no": secrets.token_hex(16), "store_id": self._cast.store, "clerk": "07",
            "amount": {"original": 1800, "waived": 1800, "paid": 0}})


def floor_calls(cast: Cast, stage: str, count: int) -> list[Call]:
    """As large as ours, signed alike."""
    people = itertools.cycle(cast.citizens)
    if stage in BY_MERCHANT:
        told = {"presentation": "A" * 22, "service_id": cast.service_id}
        return [cast.merchant.call(f"/merchant/{stage}", told) for _ in range(count)]
    return [next(people).call(f"/citizen/{stage}", {}, keyed=True) for _ in range(count)]


def log_ins(sandbox_url: str, count: int) -> list[Call]:
    """Log-ins of one person on as many telephones."""
    codes = [requests.post(f"{sandbox_url}/_control/wechat/codes", timeout=10,
                           json={"person": "lin", "device": f"bench {secrets.token_hex(4)}"}).json()["js_code"]
             for _ in range(count)]
    return [Call(LOGIN, {"Content-Type": "application/json"}, b'{"js_code":"%s"}' % code.encode()) for code in codes]
