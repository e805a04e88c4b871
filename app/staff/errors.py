"""The ways in which accounts say no."""

from app.kernel.errors import Refusal


class LoginNeeded(Refusal):
    code, status = "STAFF_LOGIN_NEEDED", 401
    detail = "请先登录。"
    detail_en = "Log in first."


class LoginRefused(Refusal):
    code, status = "STAFF_LOGIN_REFUSED", 401
    detail = "账号或密码不对，请核对后再试。"
    detail_en = "The login or the password is wrong."


class LockedOut(Refusal):
    code, status = "STAFF_LOCKED_OUT", 429
    detail = "尝试次数过多，已暂时锁定，请稍后再试，或联系管理员解锁。"
    detail_en = "Too many tries: locked for a while; try again later or ask an administrator."


class CodeRefused(Refusal):
    code, status = "STAFF_CODE_REFUSED", 422
    detail = "验证码不对或已经用过，请等下一个验证码后再试。"
    detail_en = "The code is wrong or was used; wait for the next one."


class PasswordWrong(Refusal):
    code, status = "STAFF_PASSWORD_WRONG", 422
    detail = "密码不对，请重新输入。"
    detail_en = "The password is wrong; type it again."


class PasswordWeak(Refusal):
    code, status = "STAFF_PASSWORD_WEAK", 422
    detail = "密码须为 12 至 128 个字符，不能包含账号，不能只有数字，也不能过于简单，请换一个。"
    detail_en = "12 to 128 characters, not the login, not digits only, nothing simple."


class InvitationInvalid(Refusal):
    code, status = "STAFF_INVITATION_INVALID", 404
    detail = "邀请链接无效、已用过或已过期，请联系邀请人重新发送。"
    detail_en = "The invitation is unknown, used or expired; ask for a new one."


class LoginTaken(Refusal):
    code, status = "STAFF_LOGIN_TAKEN", 409
    detail = "这个账号名已被使用，请换一个。"
    detail_en = "This login is taken; choose another."


class AccountUnknown(Refusal):
    code, status = "STAFF_ACCOUNT_UNKNOWN", 404
    detail = "没有这个账号，请核对。"
    detail_en = "There is no such account."


class AccountRefused(Refusal):
    code, status = "STAFF_ACCOUNT_REFUSED", 422
    detail = "账号名须为 3 至 40 位小写字母、数字或 . _ -，姓名须为 1 至 40 个字，请修改。"
    detail_en = "A login is 3 to 40 small letters, digits or . _ -, a name 1 to 40 characters."


class RoleRefused(Refusal):
    code, status = "STAFF_ROLE_REFUSED", 422
    detail = "这个账号不能拥有该角色，请核对账号所属与门店。"
    detail_en = "This account can't hold the role; check its realm and store."


class RoleExclusive(Refusal):
    code, status = "STAFF_ROLE_EXCLUSIVE", 409
    detail = "系统、安全、审计三类管理员不得由一人兼任，请另选账号。"
    detail_en = "No account holds two of the system, security and audit administrators' roles."


class RequestOpen(Refusal):
    code, status = "STAFF_ROLE_REQUEST_OPEN", 409
    detail = "该账号的这项角色变更已在等待审批，请先处理。"
    detail_en = "The same change is waiting for a decision; decide that first."


class RequestUnknown(Refusal):
    code, status = "STAFF_ROLE_REQUEST_UNKNOWN", 404
    detail = "没有这项待审批的角色变更，可能已处理，请刷新后再看。"
    detail_en = "There is no such change waiting; it may have been decided."


class SecondPerson(Refusal):
    code, status = "STAFF_SECOND_PERSON", 409
    detail = "角色变更须由申请人和本人以外的安全管理员审批，请交由他人处理。"
    detail_en = "Somebody else than who asked, and than whom it is about, has to decide."


class AdministratorProtected(Refusal):
    code, status = "STAFF_ADMINISTRATOR_PROTECTED", 409
    detail = "管理员账号不能由其他管理员重置或停用，请先经审批收回其角色，或由主机运维人员用 flask staff 命令处理。"
    detail_en = "No administrator resets or closes another: take the role first, by two persons, or use flask staff."


class StepUpNeeded(Refusal):
    code, status = "STAFF_STEP_UP_NEEDED", 403
    detail = "此操作须再次验证身份，请先验证。"
    detail_en = "Prove yourself again for this."


class FormExpired(Refusal):
    code, status = "STAFF_FORM_EXPIRED", 419
    detail = "页面已过期或不是从本站提交，请返回刷新后再试。"
    detail_en = "The page has expired, or was not sent from our own; reload and try again."


class RoleMissing(Refusal):
    code, status = "STAFF_ROLE_MISSING", 403
    detail = "您的角色不能使用此功能，如有需要请联系管理员。"
    detail_en = "Your role doesn't allow this; ask an administrator."


class OrganisationRefused(Refusal):
    code, status = "ORGANISATION_REFUSED", 422
    detail = "机构的上级、层级或名称不对，请核对。"
    detail_en = "The organisation's parent, level or name is wrong."


class OrganisationUnknown(Refusal):
    code, status = "ORGANISATION_UNKNOWN", 404
    detail = "没有这个机构，请核对后再试。"
    detail_en = "There is no such organisation."


class ExportUnknown(Refusal):
    code, status = "EXPORT_UNKNOWN", 404
    detail = "没有这项可办理的导出申请：可能已处理、已下载、已过 24 小时，或导出条件有变，请重新申请。"
    detail_en = "No such export waits: decided, taken, older than a day, or of other conditions; ask anew."


class ExportSecondPerson(Refusal):
    code, status = "EXPORT_SECOND_PERSON", 409
    detail = "导出须由申请人以外的审核员审批，请交由他人处理。"
    detail_en = "Somebody else than who asked has to agree to an export."


class ExportTooLarge(Refusal):
    code, status = "EXPORT_TOO_LARGE", 422
    detail = "要导出的行数太多，请用筛选条件缩小范围后分次导出。"
    detail_en = "Too many rows for one file; narrow the filters and export in parts."
