"""What the console's own forms take."""

from marshmallow import fields, validate

from app.kernel.fields import ascii_id, text
from app.kernel.http import Strict

LOGIN = r"[a-z0-9][a-z0-9._-]{2,39}"


class Login(Strict):
    login = text(1, 64, required=True, metadata={"label": "账号", "autocomplete": "username"})
    password = text(1, 128, required=True, metadata={"label": "密码", "widget": "password",
                                                     "autocomplete": "current-password"})


class Code(Strict):
    code = text(6, 16, required=True, metadata={
        "label": "验证码", "hint": "验证器应用中的六位数字；手机丢失时可填一个恢复码。", "inputmode": "text",
        "autocomplete": "one-time-code"})


class FirstCode(Strict):
    code = ascii_id(r"[0-9]{6}", required=True, metadata={
        "label": "六位验证码", "autocomplete": "one-time-code", "inputmode": "numeric"})


class Password(Strict):
    password = text(1, 128, required=True, metadata={"label": "密码", "widget": "password",
                                                     "autocomplete": "current-password"})


class NewPassword(Strict):
    password = text(1, 128, required=True, metadata={
        "label": "新密码", "widget": "password", "autocomplete": "new-password",
        "hint": "12 至 128 个字符，不含账号，不只有数字。"})


class ChangePassword(Strict):
    old = text(1, 128, required=True, metadata={"label": "现在的密码", "widget": "password",
                                                "autocomplete": "current-password"})
    new = text(1, 128, required=True, metadata={
        "label": "新密码", "widget": "password", "autocomplete": "new-password",
        "hint": "12 至 128 个字符，不含账号，不只有数字。其他地方的登录会一并退出。"})


class Invite(Strict):
    """Operations' people get their roles afterwards, by two persons."""

    login = ascii_id(LOGIN, required=True, metadata={"label": "账号名", "hint": "3 至 40 位小写字母、数字或 . _ -",
                                                     "autocomplete": "off"})
    name = text(1, 40, required=True, metadata={"label": "姓名", "autocomplete": "off"})


class RoleChange(Strict):
    role = fields.String(required=True, metadata={"label": "角色"}, validate=validate.OneOf(
        ["operator", "system_admin", "security_admin", "audit_admin"],
        labels=["运营人员", "系统管理员", "安全管理员", "审计管理员"]))
    change = fields.String(required=True, metadata={"label": "变更"}, validate=validate.OneOf(
        ["grant", "take"], labels=["授予", "收回"]))
    reason = text(2, 200, required=True, metadata={"label": "事由", "widget": "textarea",
                                                   "hint": "不要写入个人信息。"})


class LeagueRoleChange(RoleChange):
    role = fields.String(required=True, metadata={"label": "角色"}, validate=validate.OneOf(
        ["registrar", "hours_officer", "reviewer", "list_officer", "viewer"],
        labels=["登记员", "时长管理员", "审核员", "名单管理员", "查看员"]))


class OrganisationName(Strict):
    name = text(2, 60, required=True, metadata={"label": "机构名称", "autocomplete": "off"})


class NewOrganisation(OrganisationName):
    region = ascii_id(r"[0-9]{6}", required=True, metadata={
        "label": "行政区划代码", "hint": "六位数字，须在上级机构的地区之内。", "inputmode": "numeric",
        "autocomplete": "off"})


class TakeAccount(Strict):
    login = ascii_id(LOGIN, required=True, metadata={
        "label": "账号名", "autocomplete": "off", "hint": "该账号的角色与登录全部失效，角色须在新机构重新申请。"})
