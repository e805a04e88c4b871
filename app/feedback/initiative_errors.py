"""The ways in which initiatives say no to staff."""

from app.kernel.errors import Refusal


class InitiativeNotFound(Refusal):
    code, status = "INITIATIVE_NOT_FOUND", 404
    detail = "没有这项联合激励发起，请核对编号；刚发起的请稍后再查。"
    detail_en = "There is no initiative of this number."


class InitiativeLate(Refusal):
    """Carries `respond_by`."""

    code, status = "INITIATIVE_LATE", 409
    detail = "已过响应截止时间，省平台不再接收，因此没有发送；仍需参与的，请与省平台发起单位联系重新发起。"
    detail_en = "The time to respond has passed: the platform takes no response any more, so none was sent."


class InitiativeEnded(Refusal):
    """Carries `ends_at`."""

    code, status = "INITIATIVE_ENDED", 409
    detail = "这项联合激励已经结束，不能再据此设立权益；请选择仍在有效期内的发起。"
    detail_en = "The initiative has ended: no offer can be made from it any more."


class AlreadyResponded(Refusal):
    """Carries `response`: what was said."""

    code, status = "INITIATIVE_RESPONDED", 409
    detail = "这项联合激励已经响应过，响应只能作出一次；需要更改的，请与省平台发起单位联系。"
    detail_en = "This initiative has been responded to; a response is made once."


class MeasuresNeeded(Refusal):
    code, status = "INITIATIVE_MEASURES_NEEDED", 422
    detail = "接受联合激励须列出 1 至 200 项措施，请填写权益编码，不要重复。"
    detail_en = "Accepting names 1 to 200 measures: codes of offers, each once."


class MeasureUnknown(Refusal):
    """Carries `codes`: those that are no offer of ours, have ended, or belong to another initiative."""

    code, status = "INITIATIVE_MEASURE_UNKNOWN", 422
    detail = "所列措施中有不存在、已结束或属于其他发起的权益，请核对权益编码。"
    detail_en = "A measure is no offer, has ended, or was made from another initiative; see `codes`."


class ReasonNeeded(Refusal):
    code, status = "INITIATIVE_REASON_NEEDED", 422
    detail = "不接受联合激励须写明 1 至 500 字的理由，请补充。"
    detail_en = "Declining takes a reason of 1 to 500 characters."


class PeriodWrong(Refusal):
    code, status = "INITIATIVE_PERIOD_WRONG", 422
    detail = "反馈的月份写作 2026-11，不能晚于本月，也不能早于作出响应的月份，请核对。"
    detail_en = "A period is YYYY-MM, not after this month and not before the month of the response."


class NotAccepted(Refusal):
    code, status = "INITIATIVE_NOT_ACCEPTED", 409
    detail = "只有已接受并经省平台收到的联合激励才反馈使用情况，请先查看响应的状态。"
    detail_en = "Only an initiative that was accepted, and whose response the platform has, is fed back."
