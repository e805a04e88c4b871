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


class VolunteerTooYoung(Refusal):
    code, status = "VOLUNTEER_TOO_YOUNG", 403
    detail = "还没有到可以登记为志愿者的年龄，欢迎到了年龄再来；现在可以由家长或老师陪同，参加适合的公益活动。"
    detail_en = "Too young to be registered yet; come with parents or teachers to what suits the age."


class GuardianConsentNeeded(Refusal):
    code, status = "GUARDIAN_CONSENT_NEEDED", 422
    detail = ("未成年人登记须有监护人同意，请填写监护人姓名、手机号、关系和同意日期；"
              "十六周岁以上、以自己的劳动收入为主要生活来源的，请勾选说明。")
    detail_en = "A minor registers with a guardian's consent: name, phone, relation, day; or on own earnings from 16."


class RegisteredElsewhere(Refusal):
    code, status = "REGISTERED_WITH_ANOTHER_UNIT", 409
    detail = "此人已在其他团组织登记。需要转入的，请申请转移，由原登记组织同意后办理。"
    detail_en = "This person stands at another unit of the League; ask for a transfer."


class NameFoundRight(Refusal):
    code, status = "VOLUNTEER_NAME_FOUND_RIGHT", 409
    detail = "这个身份证号已核验为另一个姓名，请核对证件；本人确已更名的，请在其登记页面更正。"
    detail_en = "This number was found right under another name; who has changed it is put right on the entry's page."


class VolunteerHasLeft(Refusal):
    code, status = "VOLUNTEER_HAS_LEFT", 409
    detail = "此人已退出志愿者登记。本人希望恢复的，请由登记的团组织核实后恢复。"
    detail_en = "This person has left the register; the unit that registered them can bring them back."


class RegistrationEnded(Refusal):
    code, status = "VOLUNTEER_REGISTRATION_ENDED", 403
    detail = "您的志愿者登记已由团组织办理退出，原因见本人志愿者信息；有异议或希望恢复的，请联系登记的团组织。"
    detail_en = "The League has ended your registration; its unit can tell why and bring you back."
    next = "GET /api/v1/me/volunteer"


class VolunteerStateWrong(Refusal):
    code, status = "VOLUNTEER_STATE_WRONG", 409
    detail = "这条登记的状态已经变化，请刷新页面后再办理。"
    detail_en = "The entry has moved on meanwhile; look at it again."


class IdentityRegistered(Refusal):
    code, status = "IDENTITY_ALREADY_REGISTERED", 409
    detail = "更正后的身份证号已有登记，请核对证件；确为同一人的，请办理转移或退出重复的登记。"
    detail_en = "There is an entry of the corrected number already."


class TransferNotNeeded(Refusal):
    code, status = "TRANSFER_NOT_NEEDED", 409
    detail = "此人没有在其他团组织登记，不需要转移，请直接登记。"
    detail_en = "Nobody else has this person registered: register them."


class TransferOpen(Refusal):
    code, status = "TRANSFER_UNDER_WAY", 409
    detail = "此人已有一项转移申请在办理中，请等其办结后再申请。"
    detail_en = "A transfer of this person is under way already."


class TransferUnknown(Refusal):
    code, status = "TRANSFER_UNKNOWN", 404
    detail = "没有这项转移申请，请核对后再试。"
    detail_en = "There is no such transfer."


class TransferStateWrong(Refusal):
    code, status = "TRANSFER_STATE_WRONG", 409
    detail = "这项转移申请已经办结或者过期，请刷新页面查看。"
    detail_en = "The transfer has been settled, or has expired."


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
