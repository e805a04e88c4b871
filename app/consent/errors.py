"""The ways in which consent says no."""

from app.kernel.errors import Refusal


class ConsentRequired(Refusal):
    code, status = "CONSENT_REQUIRED", 403
    detail = "这一步需要您的授权：请在权益页面阅读授权书并同意；不同意也可以按普通方式办理。"
    detail_en = "This takes your consent: read and agree to it on the offer's page, or go the ordinary way."
    next = "POST /api/v1/consents"


class ConsentTextChanged(Refusal):
    code, status = "CONSENT_TEXT_CHANGED", 409
    detail = "授权书已更新，请重新阅读最新文本后再同意。"
    detail_en = "The consent text has moved on; read the new one and agree again."
    next = "GET /api/v1/offers/{id}"


class ConsentNotFound(Refusal):
    code, status = "CONSENT_NOT_FOUND", 404
    detail = "没有找到这份授权，请在“我的—授权管理”中查看。"
    detail_en = "You have no such consent."
    next = "GET /api/v1/consents"
