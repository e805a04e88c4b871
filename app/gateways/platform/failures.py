"""How a call to the platform fails: *passing* (try again later) or *permanent* (park and show)."""

# Section 3 of platform.md: what each final code means for the people here. The platform's own message is not
# carried on: it is free text by somebody else and may name a person.
FINAL = {
    "BAD_REQUEST": (400, "省平台认为请求格式不符，请把请求编号交给技术人员核对"),
    "BAD_SEAL": (400, "省平台打不开加密字段，请核对双方的数据密钥"),
    "BAD_SIGNATURE": (401, "省平台验签未通过，请核对双方的签名密钥"),
    "NONCE_REPLAYED": (401, "省平台认为请求重复发送，请把请求编号交给技术人员核对"),
    "UNKNOWN_APP": (401, "省平台不认识本系统的应用编号，请核对配置"),
    "SCOPE_DENIED": (403, "授权范围不包含此项操作，请核对授权书"),
    "SUBJECT_NOT_FOUND": (404, "省平台查无此人，请核对姓名和身份证号"),
    "AUTHORIZATION_NOT_FOUND": (404, "省平台没有这份授权书，请重新授权"),
    "NOT_FOUND": (404, "省平台没有所指的内容，请核对编号"),
    "AUTHORIZATION_EXPIRED": (409, "授权书已过期，请重新授权"),
    "AUTHORIZATION_REVOKED": (409, "授权书已撤回，如需使用请重新授权"),
    "AUTHORIZATION_NO_REUSED": (409, "授权书编号已用于其他内容，请把请求编号交给技术人员核对"),
    "BATCH_NO_REUSED": (409, "批次号已用于其他内容，请把请求编号交给技术人员核对"),
}
PASSING = {"RATE_LIMITED": 429, "INTERNAL": 500, "MAINTENANCE": 503, "CLOCK_SKEW": 401}
# the call certainly did nothing
NOT_TAKEN = frozenset({"RATE_LIMITED", "MAINTENANCE", "LATE", "CIRCUIT_OPEN", "OUR_RATE"})
RETRY_AFTER_S = 30
SKEW_RETRY_S = 300
LONGEST_WAIT_S = 7 * 86_400


class PlatformFailure(Exception):
    """A call that brought no result. `code` is stable; `request_id` is what the platform can look up."""

    def __init__(self, code: str, text: str, request_id: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.request_id = request_id


class Passing(PlatformFailure):
    """Try again later, with everything but a batch's bytes made anew.

    `code`: NO_ANSWER (nothing came), BAD_ANSWER (what came is no answer), CLOCK_SKEW (the clocks differ),
    RATE_LIMITED, MAINTENANCE, INTERNAL, LATE (not sent: its time to leave had passed), CIRCUIT_OPEN and OUR_RATE (not
    sent: see pacing). `retry_after_s` is None where only back-off is called for.
    `why` is for the log and holds nothing of a body. `skew_s`: their clock minus ours, where known.
    `connection`: nobody was reached, or they hung up. `sent` is False where certainly no byte left.
    """

    def __init__(self, code: str, retry_after_s: int | None = None, *, why: str = "",
                 request_id: str | None = None, skew_s: int | None = None, connection: bool = False,
                 sent: bool = True) -> None:
        super().__init__(code, f"{code} ({why})" if why else code, request_id)
        self.retry_after_s = retry_after_s
        self.why = why
        self.skew_s = skew_s
        self.connection = connection
        self.sent = sent


class Permanent(PlatformFailure):
    """Never send this again. `message` is our Chinese sentence for the code."""

    def __init__(self, code: str, message: str, request_id: str | None = None) -> None:
        super().__init__(code, f"{code}: {message}", request_id)
        self.message = message


def from_error(code: object, status: int, retry_after_s: object, request_id: str) -> PlatformFailure:
    """What a signed error stands for; a code unknown or under another status than the page's is no answer."""
    if isinstance(code, str) and FINAL.get(code, (0, ""))[0] == status:
        return Permanent(code, FINAL[code][1], request_id)
    if not isinstance(code, str) or PASSING.get(code) != status:
        return Passing("BAD_ANSWER", why="unknown error code", request_id=request_id)
    if code in ("INTERNAL", "CLOCK_SKEW"):
        return Passing(code, SKEW_RETRY_S if code == "CLOCK_SKEW" else None, request_id=request_id)
    known = isinstance(retry_after_s, int) and not isinstance(retry_after_s, bool) and retry_after_s >= 0
    wait_s = min(int(str(retry_after_s)), LONGEST_WAIT_S) if known else RETRY_AFTER_S
    return Passing(code, wait_s, request_id=request_id)
