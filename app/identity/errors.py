"""The ways in which identity says no."""

from typing import ClassVar

from app.kernel import messages
from app.kernel.errors import Refusal, TooMany

ID_NUMBER_WORDS = {
    "fifteen": "这是 15 位旧身份证号，请按现在的身份证填写 18 位号码。",
    "length": "身份证号应为 18 位，请核对位数。",
    "characters": "身份证号只能是数字，最后一位可以是 X，请核对。",
    "region": "身份证号前六位不是有效的地区码，请核对；持外国人永久居留身份证的，请到服务窗口办理。",
    "date": "身份证号中的出生日期不存在或在今天之后，请核对。",
    "check_digit": "身份证号的校验位不对，多半是输错了一位，请逐位核对。",
}
ID_NUMBER_WORDS_EN = {
    "fifteen": "This is an old number of 15 digits; take the 18 characters of the present card.",
    "length": "An identity number has 18 characters.",
    "characters": "Only digits, and X at the end.",
    "region": "The first six digits are no region.",
    "date": "There is no such day of birth, or it is in the future.",
    "check_digit": "The check digit is wrong; most likely one digit was mistyped.",
}
messages.also({words: ID_NUMBER_WORDS_EN[reason] for reason, words in ID_NUMBER_WORDS.items()})


class Unauthenticated(Refusal):
    code, status = "UNAUTHENTICATED", 401
    detail = "请先登录。"
    detail_en = "Log in first."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class TokenExpired(Unauthenticated):
    code = "TOKEN_EXPIRED"
    detail = "登录已过期，请刷新登录后再试。"
    detail_en = "The access token has expired; refresh it."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class RefreshInvalid(Unauthenticated):
    code = "REFRESH_INVALID"
    detail = "登录已失效，请重新登录。"
    detail_en = "This refresh token is not good (any more); log in again."


class RefreshReused(Unauthenticated):
    code = "REFRESH_REUSED"
    detail = "同一登录凭据被使用了两次，为保护您的账号，这次登录已整体结束，请重新登录。"
    detail_en = "A refresh token was used twice; for your safety this log-in has been ended. Log in again."


class IdentityRequired(Refusal):
    code, status = "IDENTITY_REQUIRED", 403
    detail = "请先完成实名认证，再办理这项业务。"
    detail_en = "Do the real-name check first."
    next = "PUT /api/v1/me/identity"


class JsCodeInvalid(Refusal):
    code, status = "JS_CODE_INVALID", 400
    detail = "微信登录凭证无效或已过期，请重新打开小程序再登录。"
    detail_en = "WeChat does not know this js_code; get a fresh one by wx.login."


class JsCodeUsed(Refusal):
    code, status = "JS_CODE_USED", 400
    detail = "微信登录凭证已经用过，请重新打开小程序再登录。"
    detail_en = "This js_code was used before; get a fresh one by wx.login."


class WechatRateLimited(Refusal):
    code, status = "WECHAT_RATE_LIMITED", 429
    detail = "登录过于频繁，微信要求稍后再试，请一分钟后再登录。"
    detail_en = "WeChat asks to wait; try again in a minute."


class WechatBlocked(Refusal):
    code, status = "WECHAT_BLOCKED", 403
    detail = "微信判断本次登录有风险而未放行，请按微信的提示处理，或到服务窗口办理。"
    detail_en = "WeChat blocked this log-in as risky."


class WechatUnavailable(Refusal):
    code, status = "WECHAT_UNAVAILABLE", 503
    detail = "暂时连不上微信，请稍后再试；急用的，可到服务窗口办理。"
    detail_en = "WeChat can't be reached; try again later."


class PhoneCodeInvalid(Refusal):
    code, status = "PHONE_CODE_INVALID", 400
    detail = "手机号授权无效、已过期或已经用过，请重新点击获取手机号；也可以不提供手机号。"
    detail_en = "WeChat does not take this phone_code; get a fresh one, or leave the phone out."


class PhoneNotMainland(Refusal):
    code, status = "PHONE_NOT_MAINLAND", 422
    detail = "目前只能核验中国大陆手机号，请换一个号码，或不提供手机号。"
    detail_en = "Only mainland numbers can be checked; use another, or leave the phone out."


class IdNumberInvalid(Refusal):
    """`reason` is one of ID_NUMBER_WORDS: what is wrong, and never what was typed."""

    code, status = "ID_NUMBER_INVALID", 422
    detail = "身份证号有误，请按 reason 所说核对。"
    detail_en = "The identity number is wrong; see `reason`."
    words: ClassVar[dict[str, str]] = ID_NUMBER_WORDS

    def __init__(self, reason: str) -> None:
        super().__init__(errors={"json": {"id_number": [ID_NUMBER_WORDS[reason]]}}, reason=reason)
        self.detail, self.detail_en = ID_NUMBER_WORDS[reason], ID_NUMBER_WORDS_EN[reason]  # type: ignore[misc]


class GuardianNeeded(Refusal):
    code, status = "GUARDIAN_NEEDED", 403
    detail = "未满十四周岁的小朋友需要监护人陪同办理，线上暂不能单独实名；请由监护人带到服务窗口，各项服务照常办理。"
    detail_en = "Under 14 a guardian is needed; at the counter every service stays open in the ordinary way."
    next = "请监护人带孩子到服务窗口，按普通方式办理，不受任何影响。"


class IdentityMismatch(Refusal):
    code, status = "IDENTITY_MISMATCH", 422
    detail = "姓名、身份证号（及手机号）与登记信息核对不一致，请逐字核对后再试；仍不一致的，可带身份证到服务窗口。"
    detail_en = "Name, number (and phone) do not fit together; check each character."


class IdentityTaken(Refusal):
    code, status = "IDENTITY_TAKEN", 409
    detail = "这个身份已在另一个微信账号上实名，一个人只能有一个账号，请按下面的办法换到本微信。"
    detail_en = "Another WeChat account has this identity; one person has one account."
    next = ("如需换到本微信：用原微信登录，先办结未完成的订单，在“我的—注销账号”注销，再用本微信实名；"
            "原微信已不能登录，或不是您本人办理的，请带身份证到服务窗口核验身份后解除。")


class IdentityBound(Refusal):
    code, status = "IDENTITY_BOUND", 409
    detail = "本账号已用另一个身份证号实名，不能更换；如需更换，请先注销账号。"
    detail_en = "This account has another identity already; delete the account to change it."
    next = "DELETE /api/v1/me"


class PlatformUnavailable(Refusal):
    code, status = "PLATFORM_UNAVAILABLE", 503
    detail = "省平台暂时无法核验身份，请稍后再试；普通办理方式（押金、普通窗口）一直可用。"
    detail_en = "The provincial platform can't check it now; the ordinary way stays open."


class TriesUsedUp(TooMany):
    code = "IDENTITY_TRIES_USED_UP"
    detail = "今天的实名核验次数已用完，请明天再试，或带身份证到服务窗口办理。"
    detail_en = "No more real-name checks today; try again tomorrow."


class OpenOrders(Refusal):
    """`open` lists what is in the way: {kind, no}."""

    code, status = "OPEN_ORDERS", 409
    detail = "您还有未办结的订单或申请，请先办结，再注销账号。"
    detail_en = "Finish what is open first, then delete the account."
    next = "GET /api/v1/entitlements"
