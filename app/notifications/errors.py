"""The ways in which notifications say no."""

from app.kernel.errors import Refusal


class NotificationNotFound(Refusal):
    code, status = "NOTIFICATION_NOT_FOUND", 404
    detail = "没有找到这条通知，可能已过保存期，请核对通知编号。"
    detail_en = "There is no such notification, or it is past the time that it is kept."


class NotifyUrlRefused(Refusal):
    code, status = "NOTIFY_URL_REFUSED", 422
    detail = "notify_url 须为 https 域名地址（443 或 8443 端口），不带参数，且不指向内网，请更换。"
    detail_en = "notify_url must be https with a DNS name, port 443 or 8443, without a query, and not an internal host."
