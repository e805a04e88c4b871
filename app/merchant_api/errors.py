"""How merchants are told no: WeChat Pay's codes and statuses (merchant.md, section 1), never problem bodies."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.kernel.errors import Refusal


class SignError(Refusal):
    """One answer for every way in which a signature can be wrong: which one is nobody's business but the merchant's
    that it names, who reads it in the console: `why` (a word), `mchid`.
    """

    code, status = "SIGN_ERROR", 401
    detail = "签名校验未通过：请核对商户号、证书序列号、时间戳（误差 5 分钟内）、随机串（不可重复）和签名串。"
    detail_en = "The signature didn't verify: check mchid, serial_no, timestamp (300 s), nonce and signed text."

    def __init__(self, why: str = "", mchid: str = "") -> None:
        super().__init__()
        self.why, self.mchid = why, mchid


BY_STATUS: Mapping[int, tuple[int, str]] = {
    400: (400, "PARAM_ERROR"), 401: (401, "SIGN_ERROR"), 403: (403, "NO_AUTH"), 404: (404, "RESOURCE_NOT_EXISTS"),
    405: (405, "INVALID_REQUEST"), 406: (406, "INVALID_REQUEST"), 409: (400, "INVALID_REQUEST"),
    413: (413, "PARAM_ERROR"), 414: (414, "PARAM_ERROR"), 415: (415, "PARAM_ERROR"), 422: (400, "PARAM_ERROR"),
    429: (429, "RATELIMIT_EXCEEDED"),
}
BY_CODE: Mapping[str, tuple[int, str]] = {  # what has a name of its own (merchant.md, section 3)
    "PROOF_ALREADY_USED": (400, "PROOF_ALREADY_USED"), "PROOF_EXPIRED": (400, "PROOF_EXPIRED"),
    "ORDER_NOT_EXIST": (404, "ORDER_NOT_EXIST"), "INVALID_ORDER_STATE": (400, "INVALID_ORDER_STATE"),
    "ORDER_CANCELED": (400, "ORDER_CANCELED"), "ORDER_DONE": (400, "ORDER_DONE"),
    "ALREADY_EXISTS": (409, "ALREADY_EXISTS"),  # WeChat Pay's own (section 2)
}
PAYSCORE, FREQUENT = ("/v3/payscore/", "/payscore/"), (429, "FREQUENCY_LIMITED")  # the word of PayScore's documents
LAST = (500, "SYSTEM_ERROR")


def translated(problem: Mapping[str, Any], path: str) -> tuple[int, dict[str, Any]]:
    """(status, {code, message, detail?}) of a problem body. Of its members only what names the caller's own
    fields goes out: a state or a number of ours could tell something about the citizen.
    """
    status, code = _told(int(problem["status"]), str(problem["code"]))
    if status == FREQUENT[0] and path.startswith(PAYSCORE):
        code = FREQUENT[1]
    body: dict[str, Any] = {"code": code, "message": problem["detail"]}
    if detail := _detail(problem):
        body["detail"] = detail
    return status, body


def told(refused: Iterable[tuple[int, str]]) -> Iterable[tuple[int, str]]:
    """For the contract: what merchants read of refusals with these statuses and codes."""
    answers = [_told(status, code) for status, code in refused]
    return [*answers, *([FREQUENT] if any(status == FREQUENT[0] for status, _ in answers) else [])]


def _told(status: int, code: str) -> tuple[int, str]:
    return BY_CODE.get(code) or BY_STATUS.get(status, LAST)


def _detail(problem: Mapping[str, Any]) -> dict[str, str]:
    if isinstance(errors := problem.get("errors"), dict):
        for location, told in errors.items():
            field, issue = _first(told, "")
            return {"location": "body" if location == "json" else str(location), "field": field or "/", "issue": issue}
    if "lacking" in problem:
        return {"field": "/" + problem["lacking"][0], "issue": problem["detail"]}
    if "field" in problem:
        return {"field": "/" + str(problem["field"]).replace(".", "/"),
                "issue": str(problem.get("issue", problem["detail"]))}
    return {}


def _first(told: object, path: str) -> tuple[str, str]:
    """The first field that is wrong, as a JSON pointer, and what is wrong with it."""
    if isinstance(told, dict) and told:
        name, inner = next(iter(told.items()))
        return _first(inner, path if name == "_schema" else f"{path}/{name}")
    if isinstance(told, list) and told:
        return _first(told[0], path)
    return path, str(told)
