"""The ways in which the trail says no."""

from app.kernel.errors import Refusal


class NotSealedYet(Refusal):
    code, status = "NOT_SEALED_YET", 409
    detail = "这条记录刚刚写入，尚未封存，请稍后再取证明。"
    detail_en = "This entry is not sealed yet; ask again in a moment."
