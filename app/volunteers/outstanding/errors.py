"""The ways in which campaigns, nominations and the list of outstanding young volunteers say no."""

from app.kernel.errors import Refusal


class CampaignUnknown(Refusal):
    code, status = "CAMPAIGN_UNKNOWN", 404
    detail = "没有这个评定批次，请从列表中重新选择。"
    detail_en = "There is no such campaign."


class CampaignExists(Refusal):
    code, status = "CAMPAIGN_EXISTS", 409
    detail = "本年度已有同名的评定批次，请换一个名称。"
    detail_en = "There is a campaign of this year and name."


class CampaignNotOpen(Refusal):
    code, status = "CAMPAIGN_NOT_OPEN", 409
    detail = "这个评定批次现在不接受推荐，请核对起止日期。"
    detail_en = "The campaign takes no nominations now."


class CampaignRefused(Refusal):
    code, status = "CAMPAIGN_REFUSED", 422
    detail = "评定批次的内容不合要求：名称须填写，截止日期不早于开始日期。"
    detail_en = "A campaign has a name, and ends no sooner than it begins."


class TermsLooser(Refusal):
    """Carries `field` and the region's `least`."""

    code, status = "CAMPAIGN_TERMS_LOOSER", 422
    detail = "评定条件只能比本地区规定更严，不能放宽；公示不少于规定的工作日。请按提示调整。"
    detail_en = "A campaign's terms may be stricter than the region's, never looser; see `field` and `least`."


class QuotaRefused(Refusal):
    code, status = "NOMINATION_QUOTA_REFUSED", 422
    detail = "名额须为 0 至 100000，且不少于已经使用的名额；只能分给市级和县级团组织。"
    detail_en = "A quota is 0 to 100000, not below what is used, and of a city or a county."


class QuotaUsedUp(Refusal):
    code, status = "NOMINATION_QUOTA_USED_UP", 409
    detail = "本级推荐名额已用完，不能再上报。可以退回已上报的推荐，或请上级调整名额。"
    detail_en = "No place is left of this level's quota."


class NominationUnknown(Refusal):
    code, status = "NOMINATION_UNKNOWN", 404
    detail = "没有这份推荐，请从列表中重新选择。"
    detail_en = "There is no such nomination."


class NominationExists(Refusal):
    code, status = "NOMINATION_EXISTS", 409
    detail = "这名志愿者在本批次已有推荐，请在推荐列表中查看。"
    detail_en = "This volunteer stands nominated in this campaign already."


class NominationMoved(Refusal):
    code, status = "NOMINATION_MOVED", 409
    detail = "这份推荐的状态刚刚变了，或者现在不能这样办理。请刷新页面后再看。"
    detail_en = "The nomination is not in a state in which this can be done."


class NominationRefused(Refusal):
    """Carries `field`."""

    code, status = "NOMINATION_REFUSED", 422
    detail = "填写的内容不合要求，请修改：事迹为 10 至 1000 字，理由为 2 至 500 字，都不能写姓名、证件号码和手机号。"
    detail_en = "Deeds have 10 to 1000 characters, reasons 2 to 500, and neither holds a name or a number of a person."


class NotRegisteredThere(Refusal):
    code, status = "NOMINEE_NOT_REGISTERED", 404
    detail = "本组织范围内没有这名已登记的志愿者，请核对志愿者编号。"
    detail_en = "No registered volunteer of this number in your part of the tree."


class NomineeAbsent(Refusal):
    code, status = "NOMINEE_ABSENT", 409
    detail = "本人还没有在小程序完成实名，无法征得本人同意和核查。请先通知本人登录小程序“我的推荐”。"
    detail_en = "The volunteer has not joined the mini-app: nobody has agreed to anything yet."


class NotYetEligible(Refusal):
    code, status = "NOMINATION_NOT_ELIGIBLE", 409
    detail = "条件核查尚未全部通过，或者核查已过期。请先“核查条件”，通过后再办理。"
    detail_en = "The newest evaluation is missing, too old, or a no."


class SamePerson(Refusal):
    code, status = "NOMINATION_SAME_PERSON", 409
    detail = "推荐、各级审核、列入和复核须由不同的人办理，这一步请由其他同事办理。"
    detail_en = "Each step takes another person."


class ReasonMissing(Refusal):
    code, status = "NOMINATION_REASON_MISSING", 422
    detail = "请写明理由，2 至 500 字，不要写姓名、证件号码和手机号。"
    detail_en = "This needs a reason of 2 to 500 characters, without a person's name or numbers."


class NotThisLevel(Refusal):
    code, status = "NOMINATION_NOT_THIS_LEVEL", 403
    detail = "这一步由其他层级的团组织办理，请联系上级或下级团组织。"
    detail_en = "This step belongs to another level of the tree."


class ObjectionUnknown(Refusal):
    code, status = "OBJECTION_UNKNOWN", 404
    detail = "没有这份异议，请从列表中重新选择。"
    detail_en = "There is no such objection."


class PublicityOver(Refusal):
    code, status = "PUBLICITY_OVER", 409
    detail = "这份公示不存在或已经结束，不能再提出公示异议；可以向公示单位书面反映。"
    detail_en = "There is no such publicity, or it is over."


class ObjectionRefused(Refusal):
    code, status = "OBJECTION_REFUSED", 422
    detail = "请写明异议的事实和理由，10 至 1000 字；联系方式不超过 100 字。"
    detail_en = "An objection has 10 to 1000 characters, its contact at most 100."


class ListingRefused(Refusal):
    """Carries `field`."""

    code, status = "LISTING_REFUSED", 422
    detail = "列入名单的内容不合要求，请修改：文号为 1 至 100 字；生效日期不早于今天和公示结束日；有效期不超过规定。"
    detail_en = "A document number, validity from the end of the publicity on, and not longer than allowed."


class HearingUnknown(Refusal):
    code, status = "HEARING_UNKNOWN", 404
    detail = "没有正在进行的退出告知，请刷新页面后再看。"
    detail_en = "No hearing is under way."


class HearingNotOver(Refusal):
    code, status = "HEARING_NOT_OVER", 409
    detail = "本人还在陈述申辩期内，请在收到陈述或者期满之后再作出决定。"
    detail_en = "The person has neither answered nor had the days to."


class HearingAnswered(Refusal):
    code, status = "HEARING_ANSWERED", 409
    detail = "已经收到过陈述申辩，请等待决定。"
    detail_en = "An answer was given already."
