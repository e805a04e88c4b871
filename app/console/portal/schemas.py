"""What the public sends."""

from app.kernel.fields import ascii_id, text
from app.kernel.http import Strict


class Check(Strict):
    number = text(1, 40, required=True, metadata={
        "label": "证明编号", "hint": "印在证明上方，例如 ZM2026-8D3K-91TZ-0QWX。", "autocomplete": "off"})
    tail = ascii_id("[0-9]{3}[0-9Xx]", required=True, metadata={
        "label": "证件号码后四位", "hint": "以证明上的证件号码为准，末位可能是 X。", "autocomplete": "off"})
    name = text(0, 40, metadata={"label": "姓名（选填）", "autocomplete": "off",
                                 "hint": "填写后一并核对是否与证明一致。"})
