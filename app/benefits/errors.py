"""The ways in which benefits say no."""

from app.kernel.errors import Refusal

# -- offering and claiming -----------------------------------------------------------------------------------


class OfferNotFound(Refusal):
    code, status = "OFFER_NOT_FOUND", 404
    detail = "没有找到这项权益，可能已下架，请返回列表查看其他权益。"
    detail_en = "There is no such offer."


class OfferClosed(Refusal):
    code, status = "OFFER_CLOSED", 409
    detail = "这项权益现在不能申领：还没开始、已暂停或已结束，请查看它的有效期或选择其他权益。"
    detail_en = "The offer isn't open now: not begun, paused or ended."
    next = "GET /api/v1/offers"


class SoldOut(Refusal):
    """`quota` says which: `total`, or `day` (there will be more tomorrow)."""

    code, status = "SOLD_OUT", 409
    detail = "名额已领完。有人退回名额时会重新开放，按日发放的请明天再来；普通方式不受影响。"
    detail_en = "All places are taken for now; the ordinary way stays open."
    next = "GET /api/v1/offers"


class LimitReached(Refusal):
    """`quota` says which: `person`, or the offer's period (`week`, `month`, `year`)."""

    code, status = "LIMIT_REACHED", 409
    detail = "您申领这项权益的次数已达上限，请使用已有的权益，或在下个周期再来。"
    detail_en = "You have had as many of this offer as one person may."
    next = "GET /api/v1/entitlements"


class NotEligible(Refusal):
    """Carries `decision_id` and the citizen's `reasons`."""

    code, status = "NOT_ELIGIBLE", 403
    detail = "您目前不符合这项权益的条件，原因和改进办法见下；您仍可按普通方式办理，有疑问可以提出异议。"
    detail_en = "You don't meet the conditions now; see `reasons`. The ordinary way stays open."
    next = "POST /api/v1/appeals"


class ConsentNotNeeded(Refusal):
    code, status = "CONSENT_NOT_NEEDED", 422
    detail = "这项权益不需要此项授权，无需同意，可直接申领。"
    detail_en = "The offer doesn't need this consent, so it can't be given here."


# -- operating offers ----------------------------------------------------------------------------------------


class OfferCodeTaken(Refusal):
    code, status = "OFFER_CODE_TAKEN", 409
    detail = "这个权益编码已被使用，请换一个。"
    detail_en = "Another offer has this code."


class OfferStateWrong(Refusal):
    code, status = "OFFER_STATE_WRONG", 409
    detail = "权益现在的状态不能这样操作，请先查看它的状态。"
    detail_en = "The offer's state doesn't allow this."


class OfferReasonNeeded(Refusal):
    code, status = "OFFER_REASON_NEEDED", 422
    detail = "请写明退回的原因，1 至 500 字，商户会看到。"
    detail_en = "Say in 1 to 500 characters why it goes back; the merchant reads it."


class QuotaBelowGranted(Refusal):
    """Carries `granted`: the lowest total that can be set now."""

    code, status = "QUOTA_BELOW_GRANTED", 409
    detail = "总名额不能低于已发放的数量，请设为不少于已发放数，或结束这项权益。"
    detail_en = "The total can't be lower than what has been granted."

# -- living: what has been granted --------------------------------------------------------------------------


class EntitlementNotFound(Refusal):
    code, status = "ENTITLEMENT_NOT_FOUND", 404
    detail = "没有找到这项权益，请在“我的权益”中查看。"
    detail_en = "There is no such entitlement of yours."


class ApplicationNotShown(Refusal):
    """To a public body: unknown, another body's, and never shown to it are one and the same."""

    code, status = "APPLICATION_NOT_SHOWN", 404
    detail = "没有找到这项申请，或申请人还没有向本单位出示，请核对权益凭证号，或请申请人出示。"
    detail_en = "No such application, or it wasn't shown to you: check entitlement_no, or verify its code first."


class WrongState(Refusal):
    code, status = "WRONG_STATE", 409
    detail = "这项权益现在的状态不能这样操作，请刷新后查看它的最新状态。"
    detail_en = "This can't be done in the entitlement's present state; reload it."


class NotReady(Refusal):
    code, status = "NOT_READY", 409
    detail = "还缺少办理所需的内容，请补齐后再试。"
    detail_en = "Something that this step needs isn't there yet; see `lacking`."


class Unsaid(NotReady):
    """The caller left out something that the step needs to be told, or named a date that can't be."""

    code, status = "UNSAID", 422
    detail = "缺少必须说明的内容，或日期不合要求：不得早于规定的最短期限。"
    detail_en = "Something must be said (see `lacking`); a date must not be too early."


class NotPresentable(Refusal):
    code, status = "NOT_PRESENTABLE", 409
    detail = "这项权益现在不能出示：可能已使用、已过期或尚未就绪，请在“我的权益”中查看。"
    detail_en = "This entitlement can't be shown now: used, expired, or not ready."


class NotAnApplication(Refusal):
    code, status = "NOT_AN_APPLICATION", 409
    detail = "这项权益不是申请类事项，不需要提交材料或签署承诺。"
    detail_en = "This entitlement isn't an application."


class DocumentUnknown(Refusal):
    code, status = "DOCUMENT_UNKNOWN", 422
    detail = "本事项没有要求这份材料，请从材料清单中选择。"
    detail_en = "The application doesn't ask for a document of this name."


class DocumentRefused(Refusal):
    code, status = "DOCUMENT_REFUSED", 422
    detail = "文件须为 PDF、JPEG 或 PNG，请更换文件后再上传。"
    detail_en = "The file must be a PDF, JPEG or PNG."


class DocumentTooLarge(Refusal):
    code, status = "DOCUMENT_TOO_LARGE", 413
    detail = "文件过大，请压缩后再上传。"
    detail_en = "The file is too large."


class DocumentsTooMany(Refusal):
    code, status = "DOCUMENTS_TOO_MANY", 409
    detail = "这项申请已上传的材料过多，请联系受理机构处理。"
    detail_en = "The application has as many documents as it can take."


class CommitmentTextChanged(Refusal):
    code, status = "COMMITMENT_TEXT_CHANGED", 409
    detail = "承诺书文本已更新，请重新阅读后再签署。"
    detail_en = "The undertaking's text has changed; read it again and sign that."


class NoCommitment(Refusal):
    code, status = "NO_COMMITMENT", 409
    detail = "本事项不需要签署信用承诺，请直接提交材料。"
    detail_en = "This application takes no undertaking; just hand in the documents."


# -- merchants' side: their door answers with WeChat Pay's codes --------------------------------------------


class NotAPublicBody(Refusal):
    code, status = "NOT_A_PUBLIC_BODY", 403
    detail = "只有登记为公共机构的受理方可以办理申请。"
    detail_en = "Applications are dealt with by public bodies only."


class CodeUnknown(Refusal):
    """Unknown, expired, used, somebody else's: one answer for all, so that nothing can be learnt."""

    code, status = "CODE_UNKNOWN", 404
    detail = "出示码无效或已失效，请让对方重新出示。"
    detail_en = "The code is not valid; ask for a fresh one."


class ProofAlreadyUsed(Refusal):
    """The proof's jti was spent, or its entitlement was: the first to come in wins."""

    code, status = "PROOF_ALREADY_USED", 409
    detail = "这张离线凭证已被使用，请勿重复入账，并与对方核对。"
    detail_en = "This offline proof was used before; the first upload counts."


class ProofExpired(Refusal):
    code, status = "PROOF_EXPIRED", 409
    detail = "离线凭证在使用或上传时已过期，请核对使用时间，并请对方重新出示。"
    detail_en = "The offline proof was used after its end, or sent in too late."


class RedemptionNotFound(Refusal):
    code, status = "REDEMPTION_NOT_FOUND", 404
    detail = "没有找到这笔核销，请核对单号。"
    detail_en = "There is no such redemption; check the number."


class ContentDiffers(Refusal):
    code, status = "CONTENT_DIFFERS", 409
    detail = "同一单号的请求内容与首次不同，请核对后换用新的单号。"
    detail_en = "The same number was used with other content."


class AmountWrong(Refusal):
    code, status = "AMOUNT_WRONG", 422
    detail = "金额不符，请核对各项金额。"
    detail_en = "The amounts don't add up or go beyond what the offer allows."


class MomentWrong(Refusal):
    code, status = "MOMENT_WRONG", 422
    detail = "时间不符：须在允许的时段内，且不晚于现在，请核对时钟。"
    detail_en = "The time lies outside of what is possible here, or in the future."


class StoreWrong(Refusal):
    code, status = "STORE_WRONG", 422
    detail = "门店不存在或不适用于该权益，请核对门店编号。"
    detail_en = "No such store, or the offer doesn't hold there."


class NotRedeemable(Refusal):
    code, status = "NOT_REDEEMABLE", 409
    detail = "这项权益没有这一步：凭券核销即完成，订单才有完结，申请走受理，请按权益说明办理。"
    detail_en = "It has no such step: a voucher is done once redeemed, orders are completed, applications accepted."


class TooLateToReverse(Refusal):
    code, status = "TOO_LATE_TO_REVERSE", 409
    detail = "已超过可撤销的期限。"
    detail_en = "The time to take it back has passed."


class StatementNotReady(Refusal):
    code, status = "STATEMENT_CREATING", 409
    detail = "该日账单正在生成，请在次日上午账单时间（默认 10:00）后再取。"
    detail_en = "That day's statement isn't ready yet; it is from 10:00 of the next day on."


class NoStatement(Refusal):
    code, status = "NO_STATEMENT_EXIST", 409
    detail = "没有这一天的账单：请查询已经过去、且不早于入驻日的日期。"
    detail_en = "There is no statement of that day: ask for one that is over and not before you joined."


class DownloadOver(Refusal):
    code, status = "STATEMENT_TOKEN_REFUSED", 404
    detail = "账单下载地址无效或已过期，请重新申请账单后在 5 分钟内下载。"
    detail_en = "The download address is wrong or over; ask for the statement anew and fetch it within 5 minutes."


class SandboxClosed(Refusal):
    code, status = "SANDBOX_CLOSED", 403
    detail = "这里没有开放沙箱商户，请到测试环境中建立。"
    detail_en = "There are no sandbox merchants here; make one in a test environment."
