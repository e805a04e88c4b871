"""The ways in which feedback says no to staff."""

from app.kernel.errors import NotFound, Refusal


class BatchNotFound(NotFound):
    detail = "没有这个批次，请核对批次号。"
    detail_en = "There is no such batch."


class WrongBatchState(Refusal):
    """`state` is where the batch is."""

    code, status = "BATCH_WRONG_STATE", 409
    detail = "批次当前的状态不允许此操作，请刷新后再看。"
    detail_en = "The batch's state doesn't allow this; look again."


class RecordNotFound(NotFound):
    detail = "没有这条反馈记录，请核对记录编号。"
    detail_en = "There is no such record."


class NotCorrectable(Refusal):
    """`state` and `reason` are the record's."""

    code, status = "RECORD_NOT_CORRECTABLE", 409
    detail = "只有被省平台拒收、或因超期未发送的记录才能更正，请核对记录编号和状态。"
    detail_en = "Only a record that the platform rejected, or that was kept back as too old, can be corrected."


class AlreadyCorrected(Refusal):
    """`record_no` is the later record that names this one."""

    code, status = "RECORD_ALREADY_CORRECTED", 409
    detail = "这条记录已有更正记录，不能重复更正；如更正记录仍有误，请更正那一条。"
    detail_en = "A later record puts this one right already; correct that one where it is wrong too."


class CorrectionRefused(Refusal):
    """`errors` names the fields."""

    code, status = "CORRECTION_REFUSED", 422
    detail = "更正的内容不成立，请按提示修改后再提交。"
    detail_en = "This correction can't stand; see `errors`."


class DayNotCompared(NotFound):
    detail = "这一天还没有对账结果，请先运行对账。"
    detail_en = "This day has not been compared yet."


class DayBeingCompared(Refusal):
    code, status = "DAY_BEING_COMPARED", 409
    detail = "这一天正在对账，请稍后再看结果。"
    detail_en = "Another worker compares this day right now; look again soon."


class DayInFuture(Refusal):
    code, status = "RECONCILIATION_DAY_IN_FUTURE", 422
    detail = "还没有到这一天，请选择今天或更早的日期。"
    detail_en = "This day has not come yet; choose today or an earlier one."
