"""The ways in which credit says no; and never "you are not eligible"."""

from app.kernel.errors import NotFound, Refusal, TooMany


class PlatformUnavailable(Refusal):
    code, status = "PLATFORM_UNAVAILABLE", 503
    detail = "省平台暂时无法查询，请稍后再试；这不影响您的信用，普通办理方式（押金、普通窗口）一直可用。"
    detail_en = "The provincial platform can't be asked now; try again later. The ordinary way stays open to you."
    next = "稍后再试，或按普通方式办理。"


class PlatformRefused(PlatformUnavailable):
    """The platform answered, and will not do it; trying again changes nothing until somebody has looked."""

    detail = ("省平台没有受理这次查询，我们已记录并会处理；这不影响您的信用，普通办理方式（押金、普通窗口）一直可用。"
              "您也可以核对实名信息、撤回授权后重新授权，或提出异议。")
    detail_en = "The provincial platform did not take the query; we have noted it. The ordinary way stays open to you."


class ReportNotFound(NotFound):
    detail = "没有这份信用报告，或它已过有效期、已随授权撤回删除；如仍需要，请重新申请。"
    detail_en = "There is no such report (any more); ask for another one if you need it."


class ReportsUsedUp(TooMany):
    code = "REPORTS_USED_UP"
    detail = "今天申请信用报告的次数已用完，有效期内的报告可以直接下载；如需新的报告，请明天再试。"
    detail_en = "No more reports today; those that hold can be downloaded again. Try again tomorrow."


class ReportUnreadable(Refusal):
    code, status = "REPORT_UNREADABLE", 502
    detail = "省平台给出的信用报告无法安全打开，因此没有提供；请稍后重新申请，或到信用服务窗口打印。"
    detail_en = "The platform's report can't be opened safely and isn't handed out; ask again later, or at the counter."


class EventRefused(Exception):
    """An event that we don't take. `code` is one of platform.md section 3, and answered signed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EventNotFound(NotFound):
    detail = "没有这个事件，请核对事件编号，或它已过保存期。"
    detail_en = "There is no such event (any more)."
