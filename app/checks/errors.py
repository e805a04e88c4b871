"""The ways in which embedded checks say no."""

from app.kernel.errors import Refusal


class CheckNotFound(Refusal):
    """Unknown, run out, another's: one answer for all."""

    code, status = "CHECK_NOT_FOUND", 404
    detail = "核验码无效或已过期，请让工作人员重新发起核验。"
    detail_en = "The check is unknown or has run out; ask the officer for a fresh one."


class CheckTaken(Refusal):
    code, status = "CHECK_TAKEN", 409
    detail = "这次核验已由其他人完成，请让工作人员重新发起核验。"
    detail_en = "Somebody else has met this check; ask the officer for a fresh one."


class WidgetTokenInvalid(Refusal):
    code, status = "WIDGET_TOKEN_INVALID", 401
    detail = "核验已结束或令牌无效，请在审批系统中重新发起核验。"
    detail_en = "The check is over or its token isn't ours; ask for another in the approval system."


class CheckWaiting(Refusal):
    code, status = "CHECK_WAITING", 409
    detail = "核验尚未完成，不能记录响应，请等申请人扫码或核验到期后再试。"
    detail_en = "The check isn't done yet; its response can't be recorded."


class IncentiveNotAnswered(Refusal):
    code, status = "INCENTIVE_NOT_ANSWERED", 422
    detail = "所选激励不在本次核验可享受的范围内，请从可享受的激励中选择，或记录为未采用。"
    detail_en = "The applicant may not have this incentive by this check; choose one that may be had, or none."


class ResponseRecorded(Refusal):
    code, status = "RESPONSE_RECORDED", 409
    detail = "本次核验的响应已经记录，不能更改；如需更正，请重新发起核验。"
    detail_en = "This check's response is recorded and isn't changed; ask for another check."


class NothingToCheck(Refusal):
    """Carries `field`."""

    code, status = "NOTHING_TO_CHECK", 422
    detail = "没有可核验的激励：请核对 service_ids，或先开放本机构的权益。"
    detail_en = "None of these is an open offer of this body."


class OriginRefused(Refusal):
    code, status = "CHECK_ORIGIN_REFUSED", 422
    detail = "来源须写作 https://主机[:端口]，不带路径；仅本机地址可用 http，请核对。"
    detail_en = "An origin is https://host[:port] without a path; http is for loopback addresses only."
