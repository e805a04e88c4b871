"""What the platform's codes and our own mean for staff: the reason in words, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Explained:
    """`words`: what is wrong; `todo`: what staff do now. Both Chinese."""

    words: str
    todo: str


REASONS = {
    "AUTHORIZATION_NOT_FOUND": Explained(
        "省平台没有这份授权书，或授权书不含使用反馈", "请与省平台核对授权书编号；平台补录后更正重报（内容不变）"),
    "SCENARIO_UNKNOWN": Explained(
        "授权书不含这个场景", "请与省平台核对授权书的场景；平台更正后更正重报（内容不变）"),
    "PROVIDER_UNKNOWN": Explained(
        "省平台没有登记这家商户", "请核对统一社会信用代码；有误的改正后重报，无误的请省平台先登记商户再重报"),
    "OCCURRED_IN_FUTURE": Explained("发生时间晚于省平台当前时间", "请核对发生时间和服务器时钟，改正后重报"),
    "TOO_OLD": Explained(
        "发生时间距今超过 30 天，省平台不再接收", "发生时间有误的，改正后重报；无误的留存备查，线下与省平台说明"),
    "FIELD_INVALID": Explained(
        "省平台认为某一栏的内容不合规范", "请按栏目名核对并改正后重报；本系统无法改的栏目交技术人员"),
    "CORRECTED_NEVER_SENT": Explained(
        "所要更正的记录从未报送省平台", "省平台没有原记录，本条无需报送；留存备查"),
    "PARKED": Explained("所在批次由工作人员暂停报送", "处理完毕后恢复该批次"),
}
FIELDS = {
    "provider_uscc": "商户统一社会信用代码", "region": "区划代码", "occurred_at": "发生时间", "waived_fen": "减免金额",
    "paid_fen": "支付金额", "benefit": "权益编号", "scenario": "场景", "outcome": "结果", "initiative_no": "发起编号",
    "corrects": "所更正的记录编号", "authorization_id": "授权书编号", "record_no": "记录编号",
}
UNKNOWN = Explained("省平台给出了本系统不认识的原因", "请把原因代码交技术人员，并向省平台询问")
REFUSED = Explained("所在批次被省平台拒收", "请在“批次”中查看原因，处理后恢复该批次")

DIFFERENCES = {
    "ours_only": Explained("仅我方有", "已自动重报一次；仍未了结的，请省平台查找该记录归入哪一天"),
    "theirs_only": Explained("仅平台有", "请核对是否由旧备份恢复、或他人使用了本系统的应用编号"),
    "receipt": Explained("回执号不同", "已采用平台的回执号"),
    "state": Explained("平台已接收，我方记为拒收", "请向省平台出示拒收回执并核实"),
    "count": Explained("平台的总数与其明细不符", "请省平台核对其汇总"),
    "fen": Explained("减免金额合计不符", "记录一致而合计不同，请省平台核对其汇总"),
    "digest": Explained("平台的摘要与其明细不符", "记录一致而摘要不同，请省平台核对其汇总"),
}
REPAIRS = {
    "sent": "已重报，等待答复", "accepted": "已重报，平台重新接收", "duplicate": "已重报，平台称早已接收",
    "rejected": "已重报，被拒收", "parked": "重报的批次被拒收或暂停", "too_old": "超过 30 天，不再重报",
    "taken": "已采用平台的回执号",
}


def reason(code: str) -> Explained:
    """Of a record's reason, an open code such as FIELD_INVALID:region."""
    kind, _, name = code.partition(":")
    told = REASONS.get(kind, REFUSED if kind in BATCHES else UNKNOWN)
    return Explained(f"{told.words}：{FIELDS.get(name, name)}", told.todo) if name else told


BATCHES = frozenset({"BAD_REQUEST", "BAD_SEAL", "BAD_SIGNATURE", "NONCE_REPLAYED", "UNKNOWN_APP", "SCOPE_DENIED",
                     "NOT_FOUND", "BATCH_NO_REUSED"})
