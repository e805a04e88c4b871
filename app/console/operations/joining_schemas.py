"""What operators' forms about applications and offers take."""

from marshmallow import validate

from app.console.schemas import LOGIN
from app.kernel.fields import Whole, ascii_id, nameless
from app.kernel.http import Strict


class AskMore(Strict):
    words = nameless(1, 500, required=True, metadata={"label": "需要补充什么", "widget": "textarea",
                                                      "hint": "申请人会看到；不要写个人信息。"})


class Reason(Strict):
    reason = nameless(1, 500, required=True, metadata={"label": "原因", "widget": "textarea",
                                                       "hint": "对方会看到；不要写个人信息。"})


class Admit(Strict):
    login = ascii_id(LOGIN, metadata={"label": "首位管理员的账号（选填）", "autocomplete": "off",
                                      "hint": "3 至 40 位小写字母、数字或 . _ -；不填则自动生成。"})


class AdmitAllTheSame(Admit):
    """Where the USCC fails its check."""

    let_through = nameless(2, 200, required=True, metadata={
        "label": "放行理由", "hint": "统一社会信用代码的校验位不对；证照确实如此的，写明核对的情况。"})


class Quota(Strict):
    total = Whole(validate=validate.Range(1, 10**9), metadata={
        "label": "总名额", "hint": "不能低于已发放数；留空为不限。"})
