"""What a failure of a call means to an operator, and what to do about it, in Chinese."""

from app.gateways.health import KeysInUse
from app.gateways.platform.failures import FINAL, Passing, PlatformFailure

PASSING = {
    "RATE_LIMITED": ("省平台要求放慢", "请调低 PLATFORM_RATE_PER_SECOND，{wait} 秒后再试"),
    "MAINTENANCE": ("省平台维护中", "维护窗口结束前不再发送，请 {wait} 秒后再试"),
    "INTERNAL": ("省平台内部错误", "请稍后再试；一再出现时把请求编号 {request_id} 交给省平台"),
    "CIRCUIT_OPEN": ("此接口连续无应答，已暂停发送", "请先排除其他接口的问题，{wait} 秒后再试"),
    "OUR_RATE": ("本系统发送速率已满", "请稍后再试，或调高 PLATFORM_RATE_PER_SECOND"),
}
SILENCES = (  # what `why` of a NO_ANSWER or BAD_ANSWER begins with or holds
    ("connection", "连接不上省平台", "请核对 PLATFORM_BASE_URL、专线、防火墙、证书"),
    ("timeout", "省平台没有按时应答", "请核对专线质量；省平台确实缓慢时可调高 PLATFORM_READ_SECONDS"),
    ("broken", "应答不完整或不是 HTTP", "请检查中间的代理是否截断、压缩或改写应答"),
    ("unsigned", "应答没有签名，来自中间的代理而不是省平台", "请检查代理与 PLATFORM_BASE_URL 的路径"),
    ("memory of nonces", "本系统的 Redis 不可用，无法核对应答", "请先恢复 Redis"),
    ("X-App-Id", "应答的应用编号不是省平台的", "请核对 PLATFORM_ID 与 keys.json 的 platform_id"),
    ("X-Suite", "应答用了另一套算法", "请核对 PLATFORM_SUITE"),
    ("X-Key-Id", "应答由我们不认识的密钥签名（已知：{platform_keys}）",
     "请向省平台索取新公钥，加入 keys.json 的 platform_public"),
    ("X-Signature", "应答验签不通过", "请核对 keys.json 中 platform_public 的公钥文件（已知：{platform_keys}）"),
    ("schema: pdf", "应答的报告解不开", "请核对 data_keys_hex 中的 {data_key}"),
    ("schema", "应答内容与接口约定不符（{why}）", "请把请求编号 {request_id} 交给省平台"),
)
OURS = {
    "BAD_SEAL": "省平台打不开我们加密的字段；请核对 data_key_id {data_key} 及其密钥文件是否与省平台一致",
    "BAD_SIGNATURE": "请核对 client_key_id {client_key} 是否已在省平台登记、私钥文件是否对应、"
                     "PLATFORM_SUITE（{suite}）是否一致",
    "UNKNOWN_APP": "请核对 PLATFORM_APP_ID 与 keys.json 的 app_id",
    "SCOPE_DENIED": "请确认省平台已为本应用开通此接口",
    "NOT_FOUND": "请核对 PLATFORM_BASE_URL 的路径，并确认省平台已开通此接口",
    "BAD_REQUEST": "请把请求编号 {request_id} 交给省平台核对",
}


def advice(failure: PlatformFailure | None, call: str, keys: KeysInUse | None) -> tuple[str, str]:
    """What it means and what to do; None is a good answer where none can be."""
    if failure is None:
        return "省平台接受了本应拒收的内容", f"请与省平台核对 {call} 接口的实现"
    told = {
        "wait": str(getattr(failure, "retry_after_s", None) or 30), "why": getattr(failure, "why", ""),
        "request_id": failure.request_id or "（未发出）", "suite": keys.suite if keys else "",
        "client_key": keys.client_key_id if keys else "", "data_key": keys.data_key_id if keys else "",
        "platform_keys": "、".join(keys.platform_key_ids) if keys else ""}
    means, todo = _of(failure)
    return means.format_map(told), todo.format_map(told)


def _of(failure: PlatformFailure) -> tuple[str, str]:
    if failure.code == "CLOCK_SKEW":
        return _clocks(failure)
    if failure.code in PASSING:
        return PASSING[failure.code]
    why = failure.why if isinstance(failure, Passing) else ""
    for part, means, todo in SILENCES:
        if part in why:
            return means, todo
    if failure.code in FINAL:
        means = FINAL[failure.code][1].partition("，")[0]
        return means, OURS.get(failure.code, "请把请求编号 {request_id} 交给省平台核对")
    return "没有得到应答（{why}）", "请稍后再试；一再出现时把请求编号 {request_id} 交给省平台"


def _clocks(failure: PlatformFailure) -> tuple[str, str]:
    skew_s = failure.skew_s if isinstance(failure, Passing) else None
    told = f"省平台时钟减本机时钟为 {skew_s} 秒" if skew_s is not None else "双方时钟相差超过五分钟"
    return told, "请先校准本机时间（NTP）；本机无误时请联系省平台核对其时钟"
