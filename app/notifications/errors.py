"""The ways in which notifications say no."""

from app.kernel.errors import Refusal


class NotificationNotFound(Refusal):
    code, status = "NOTIFICATION_NOT_FOUND", 404
    detail = "没有找到这条通知，可能已过保存期，请核对通知编号。"
    detail_en = "There is no such notification, or it is past the time that it is kept."
