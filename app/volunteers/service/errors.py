"""The ways in which activities and hours say no."""

from app.kernel.errors import Refusal


class ActivityUnknown(Refusal):
    code, status = "ACTIVITY_UNKNOWN", 404
    detail = "没有找到这项活动，可能属于其他组织，请从活动列表中选择。"
    detail_en = "There is no such activity here."


class ActivityRefused(Refusal):
    """Carries `errors`."""

    code, status = "ACTIVITY_REFUSED", 422
    detail = "活动信息不完整，请按提示补充。"
    detail_en = "The activity lacks what the regulation asks for; see `errors`."


class ActivityClosed(Refusal):
    code, status = "ACTIVITY_CLOSED", 409
    detail = "活动已取消，不能再登记服务；确有服务的，请联系活动组织方。"
    detail_en = "The activity was cancelled; ask its organiser."


class ActivitySuspected(Refusal):
    code, status = "ACTIVITY_SUSPECTED", 409
    detail = "抽查发现这项活动的记录有误，上级正在逐条核对；请待核对结束后再确认。"
    detail_en = "A sample of this activity was found wrong; wait until all of it has been looked at."


class ActivityHasHours(Refusal):
    code, status = "ACTIVITY_HAS_HOURS", 409
    detail = "活动已有确认的服务时长，不能取消；个别记录有误的，请逐条更正。"
    detail_en = "Hours of this activity are confirmed: correct them one by one."


class CodeNotOurs(Refusal):
    code, status = "ATTENDANCE_CODE_UNKNOWN", 422
    detail = "这不是签到码，请扫描活动现场屏幕上的二维码。"
    detail_en = "This is no code of an activity; scan the one on the organiser's screen."


class CodeOld(Refusal):
    code, status = "ATTENDANCE_CODE_EXPIRED", 409
    detail = "二维码已过期，请在活动现场扫描屏幕上正在显示的二维码；无法扫码的，请组织方手工登记。"
    detail_en = "The code has gone: scan the one that is shown now, or ask the organiser to enter you by hand."


class OutsidePeriod(Refusal):
    code, status = "ATTENDANCE_OUTSIDE_PERIOD", 409
    detail = "不在这项活动的签到、签退时间内，请核对活动时间，或请组织方手工登记。"
    detail_en = "It isn't the time to sign in or out; ask the organiser to enter you by hand."


class NotRegistered(Refusal):
    code, status = "VOLUNTEER_NOT_REGISTERED", 409
    detail = "志愿者登记还没有通过或已经注销，请联系团组织，登记后再签到。"
    detail_en = "You aren't registered (yet, or any more): ask the League unit."


class NotSignedIn(Refusal):
    code, status = "ATTENDANCE_NOT_BEGUN", 409
    detail = "没有找到正在进行的签到，请先扫签到码；漏签的，请组织方手工登记。"
    detail_en = "There is no sign-in to end: sign in first, or ask the organiser to enter you by hand."


class TooShort(Refusal):
    code, status = "ATTENDANCE_TOO_SHORT", 409
    detail = "活动时间内的服务不满一分钟，请稍后再签退。"
    detail_en = "Less than a minute of the activity's time: sign out later."


class AttendanceUnknown(Refusal):
    code, status = "ATTENDANCE_UNKNOWN", 404
    detail = "没有找到这条服务登记，请刷新页面后再试。"
    detail_en = "There is no such attendance here."


class AttendanceRefused(Refusal):
    """Carries `errors`."""

    code, status = "ATTENDANCE_REFUSED", 422
    detail = "登记内容有误，请按提示修改。"
    detail_en = "The entry is wrong; see `errors`."


class AttendanceSettled(Refusal):
    code, status = "ATTENDANCE_SETTLED", 409
    detail = "这条登记的状态已经变化，请刷新页面查看后再操作。"
    detail_en = "The attendance is no longer in that state; look again."


class OwnNumberUntold(Refusal):
    code, status = "OWN_VOLUNTEER_NUMBER_UNTOLD", 409
    detail = "确认时长之前，请先在“本人志愿者编号”中如实填写本人的编号；不是志愿者的也请说明。"
    detail_en = "Say first which volunteer you are, or that you are none."


class UndoOver(Refusal):
    code, status = "CONFIRMATION_SETTLED", 409
    detail = "已过可以撤回的时间，或其中有记录已被更正、抽查；请逐条更正。"
    detail_en = "The confirmation can't be taken back any more: correct the records one by one."


class FlagUnknown(Refusal):
    code, status = "FLAG_UNKNOWN", 404
    detail = "没有找到这条疑点，可能已经说明或消除，请刷新页面查看。"
    detail_en = "There is no such flag, or it has been dealt with."


class SecondPersonNeeded(Refusal):
    code, status = "HOURS_SECOND_PERSON_NEEDED", 409
    detail = "请由另一位工作人员办理：登记、说明、确认、抽查同一条记录的不能是同一人，本人的时长也不能自己办理。"
    detail_en = "Another person has to do it: nobody looks at what they entered, confirmed or did themselves."


class StillToCome(Refusal):
    code, status = "SERVICE_STILL_TO_COME", 409
    detail = "服务还没有发生，不能说明属实；请待服务结束后再办，或不予采纳。"
    detail_en = "The service hasn't happened yet: wait until it has, or don't take it."


class RecordUnknown(Refusal):
    code, status = "SERVICE_RECORD_UNKNOWN", 404
    detail = "没有找到这条服务记录，请从记录列表中选择。"
    detail_en = "There is no such record here."


class CorrectionRefused(Refusal):
    code, status = "HOURS_CORRECTION_REFUSED", 422
    detail = "更正后的时长须为 0 至 1440 分钟，且与现在不同，请核对；并请写明原因。"
    detail_en = "A correction says another figure, of 0 to 1440 minutes, and why."


class SampleUnknown(Refusal):
    code, status = "SAMPLE_UNKNOWN", 404
    detail = "没有找到这次抽查，请从抽查列表中选择。"
    detail_en = "There is no such sample here."


class NothingToSample(Refusal):
    code, status = "NOTHING_TO_SAMPLE", 409
    detail = "这段时间没有可抽查的已确认记录（已抽过的不再抽），请换一段时间。"
    detail_en = "Nothing confirmed in this time is left to be drawn."
