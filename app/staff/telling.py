"""What accounts do is written to the trail: ids only, since the trail outlives whoever they name."""

import uuid

from app.trail import writing

WORDS = {
    "staff.login": "登录控制台", "staff.login_failed": "登录失败", "staff.code_failed": "二次验证失败",
    "staff.logout": "退出控制台", "staff.session_ended": "结束会话", "staff.invited": "邀请账号",
    "staff.joined": "接受邀请", "staff.password_changed": "修改密码", "staff.totp_set": "启用二次验证",
    "staff.totp_reset": "重置二次验证", "staff.recovery_used": "使用恢复码", "staff.role_asked": "申请角色变更",
    "staff.role_decided": "审批角色变更", "staff.role_granted": "授予角色", "staff.closed": "停用账号",
    "staff.unlocked": "解除锁定", "staff.exported": "导出数据", "staff.searched": "查找人员",
    "staff.viewed": "查看数据",
    "staff.proven": "再次验证身份", "staff.export_asked": "申请导出", "staff.export_decided": "审批导出",
    "staff.moved": "调整账号所属机构", "organisation.added": "新增机构", "organisation.renamed": "机构更名"}


def tell(what: str, account_id: uuid.UUID | None, *, actor: str, purpose: str | None = None) -> None:
    """In the caller's transaction: `actor` did `what` with this account."""
    writing.record(None, actor=actor, who="控制台", what=what, purpose=purpose or WORDS[what],
                   about=None if account_id is None else f"account:{account_id}")
