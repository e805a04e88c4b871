"""The ways in which appeals say no."""

from app.kernel.errors import NotFound, Refusal


class AboutNotFound(NotFound):
    detail = "没有找到您要提出异议的事项，请从“我的”中选择后再提交。"
    detail_en = "There is no such thing of yours to object to."


class AppealNotFound(NotFound):
    detail = "没有找到这份异议，请在“我的—异议”中查看。"
    detail_en = "There is no such appeal."


class TextNotAllowed(Refusal):
    code, status = "TEXT_NOT_ALLOWED", 422
    detail = "文字中含有微信不允许发布的内容，请修改后再提交；也可到服务窗口当面提出异议。"
    detail_en = "WeChat does not let this text through; change it, or object at the counter."


class AlreadySettled(Refusal):
    code, status = "APPEAL_SETTLED", 409
    detail = "这份异议已经办结；仍有疑问的，请另行提出异议。"
    detail_en = "This appeal is settled; open another where something is still wrong."


class StatementTooLate(Refusal):
    code, status = "STATEMENT_TOO_LATE", 409
    detail = "这份异议已经办结，不能再提交情况说明；确有新的依据，请联系平台运营人员。"
    detail_en = "This appeal is settled; no more statements are taken."


class TooManyStatements(Refusal):
    code, status = "STATEMENTS_FULL", 409
    detail = "这份异议的情况说明已达 10 份；请联系平台运营人员补充材料。"
    detail_en = "Ten statements were made of this appeal; no more are taken."


class MoveNeeded(Refusal):
    """`moves` names what can be done with the entitlement now."""

    code, status = "MOVE_NEEDED", 409
    detail = "这份异议涉及的权益正等待处理，请指明如何处理。"
    detail_en = "The entitlement waits for this appeal: say which move to make."
