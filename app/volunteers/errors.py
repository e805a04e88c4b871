"""The ways in which the volunteers' register says no."""

from app.kernel.errors import Refusal


class NotAVolunteer(Refusal):
    code, status = "NOT_A_VOLUNTEER", 404
    detail = "还没有您的志愿者登记。可以在这里申请登记；已在团组织登记过的，请核对实名信息或联系登记的团组织。"
    detail_en = "There is no volunteer of your identity; apply here, or ask the League unit where you registered."
    next = "PUT /api/v1/me/volunteer"


class VolunteerGuardianNeeded(Refusal):
    code, status = "VOLUNTEER_GUARDIAN_NEEDED", 403
    detail = "未满十八周岁登记为志愿者须经监护人同意，请和监护人一起到就近的团组织办理；不登记也能参加适合的活动。"
    detail_en = "Under 18 a guardian's consent is needed; go to a League unit together."


class RegionTaken(Refusal):
    code, status = "VOLUNTEER_REGISTERED_ELSEWHERE", 409
    detail = "您已在其他地区登记为志愿者，转移登记请联系原登记的团组织。"
    detail_en = "You are registered in another region; ask that League unit to move the registration."


class VolunteerUnknown(Refusal):
    code, status = "VOLUNTEER_UNKNOWN", 404
    detail = "没有这个志愿者编号，请核对后再试。"
    detail_en = "There is no volunteer of this number."


class HoursBelowZero(Refusal):
    code, status = "HOURS_BELOW_ZERO", 409
    detail = "更正后的累计服务时长会小于零，请核对要更正的分钟数。"
    detail_en = "The correction would leave less than nothing."


class RecordInvalid(Refusal):
    code, status = "SERVICE_RECORD_INVALID", 422
    detail = "服务记录有误，请更正：日期不能晚于今天，分钟数不能为零，活动名称为 1 至 100 个字。"
    detail_en = "A record has a day not after today, minutes other than zero, an activity of 1 to 100 characters."


class RedListEntryRefused(Refusal):
    """Carries `field`."""

    code, status = "RED_LIST_ENTRY_REFUSED", 422
    detail = "红名单条目的内容不合要求，请核对所指的栏目。"
    detail_en = "A field of the red list's entry is wrong; see `field`."


class PublicityNotOver(Refusal):
    code, status = "RED_LIST_PUBLICITY_NOT_OVER", 422
    detail = "日期顺序不对：公示开始、公示结束、生效、失效须依次不早于前者，公示结束之前不能生效，请核对。"
    detail_en = "An entry is valid from the end of its publicity on, and the days come in order."


class RedListSubjectDiffers(Refusal):
    code, status = "RED_LIST_SUBJECT_DIFFERS", 409
    detail = "这个编号下登记的是另一个人，请换用新的编号。"
    detail_en = "Another person stands under this number; take a new one."


class RedListEntryUnknown(Refusal):
    code, status = "RED_LIST_ENTRY_UNKNOWN", 404
    detail = "没有这个红名单编号，请核对后再试。"
    detail_en = "There is no red list entry of this number."
