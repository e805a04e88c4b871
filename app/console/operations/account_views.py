"""Accounts of operations and the League, and their roles: one administrator asks, another decides."""

import uuid
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from app.console import cells
from app.console.answering import Pages, confirm, listing, notice, page, to
from app.console.forms import Form
from app.console.guards import console_required
from app.console.nav import Nav
from app.console.schemas import Invite, LeagueRoleChange, RoleChange
from app.console.tables import Column, Export, Filter, Table, equals, holds, of_query
from app.kernel.settings import settings
from app.staff import granting, inviting, keeping, queries, sessions
from app.staff.errors import AccountUnknown
from app.staff.inviting import Invited, Newcomer
from app.staff.queries import REALMS, ROLE_NAMES

ADMIN, SECURITY = "system_admin", "security_admin"
pages = Pages("operations", "accounts", nav=Nav("账号", 80, (ADMIN, SECURITY)))
STATES = {"invited": "待接受邀请", "active": "正常", "closed": "已停用"}


@pages.route("/", methods=["GET", "POST"])
@console_required("operations", ADMIN, SECURITY)
def index() -> ResponseReturnValue:
    table = Table("accounts", (
        Column("账号", lambda row: cells.link(row.login, url_for(".one", account_id=row.id)), sort="login"),
        Column("姓名", lambda row: row.display_name, phone=False),
        Column("所属", lambda row: REALMS[row.realm], phone=False),
        Column("状态", lambda row: STATES[row.state]),
        Column("建立时间", lambda row: row.created_at, sort="created_at", phone=False),
    ), of_query(queries.accounts()), filters=(
        Filter("login", "账号", holds("login")), Filter("realm", "所属", equals("realm"), REALMS),
        Filter("state", "状态", equals("state"), STATES)), export=Export("账号", ("审计", "人员核对")))
    actions = [("邀请账号", url_for(".invite"))] if ADMIN in g.account.roles else []
    return listing(table, title="账号", actions=actions)


@pages.route("/invite", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def invite() -> ResponseReturnValue:
    form = Form(Invite())
    if request.method == "POST" and form.submit(request.form, lambda told: inviting.invite(
            Newcomer(told["login"], told["name"], "operations"), actor=g.account.actor)):
        return _link(form.result)
    return page("form.html", form.status, title="邀请账号", form=form, submit="发出邀请", back=url_for(".index"),
                text="邀请只建立账号；角色另行申请，由安全管理员审批。团组织人员在“机构”中邀请。")


@pages.get("/<uuid:account_id>")
@console_required("operations", ADMIN, SECURITY)
def one(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    roles = [ROLE_NAMES[role] for role in queries.roles(account_id)]
    place = queries.organisation(account.organisation_id)
    return page("operations/account.html", title=f"账号 {account.login}", shown=account, roles=roles,
                states=STATES, place=place, realms=REALMS, sessions=sessions.live(account_id),
                admin=ADMIN in g.account.roles)


@pages.route("/<uuid:account_id>/again", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def again(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    if request.method == "GET":
        return _ask(account, "重新发送邀请？", "旧链接立即失效；对方用新链接设置密码。", "重新邀请")
    return _link(inviting.invite_again(account_id, actor=g.account.actor))


@pages.route("/<uuid:account_id>/unlock", methods=["GET", "POST"])
@console_required("operations", ADMIN)
def unlock(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    if request.method == "GET":
        return _ask(account, "解除锁定？", "清除该账号的失败次数。", "解除锁定")
    keeping.unlock(account_id, actor=g.account.actor)
    return _done(account_id, "已解除锁定。")


@pages.route("/<uuid:account_id>/totp", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def reset_code(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    if request.method == "GET":
        return _ask(account, "重置二次验证？", "该账号的所有登录都会退出，下次登录须重新绑定验证器。", "重置")
    keeping.reset_code(account_id, actor=g.account.actor)
    return _done(account_id, "二次验证已重置。")


@pages.route("/<uuid:account_id>/end-sessions", methods=["GET", "POST"])
@console_required("operations", ADMIN)
def end_sessions(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    if request.method == "GET":
        return _ask(account, "退出所有登录？", "该账号须重新登录。", "全部退出")
    ended = keeping.end_sessions(account_id, actor=g.account.actor)
    return _done(account_id, f"已退出 {ended} 处登录。")


@pages.route("/<uuid:account_id>/close", methods=["GET", "POST"])
@console_required("operations", ADMIN, fresh=True)
def close(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    if request.method == "GET":
        return _ask(account, "停用账号？", "停用后不能恢复：角色、登录与邀请全部失效，操作记录保留。", "停用")
    keeping.close(account_id, actor=g.account.actor)
    return _done(account_id, "账号已停用。")


@pages.route("/<uuid:account_id>/roles", methods=["GET", "POST"])
@console_required("operations", ADMIN, SECURITY, fresh=True)
def change_roles(account_id: uuid.UUID) -> ResponseReturnValue:
    account = _account(account_id)
    form = Form(LeagueRoleChange() if account.realm == "league" else RoleChange())
    if request.method == "POST" and form.submit(request.form, lambda told: granting.ask(
            account_id, told["role"], told["change"], told["reason"], by=g.account.id)):
        return _done(account_id, "已提交，等待安全管理员审批。")
    return page("form.html", form.status, title=f"申请变更角色：{account.login}", form=form, submit="提交审批",
                back=url_for(".one", account_id=account_id))


def _account(account_id: uuid.UUID) -> Any:
    account = queries.get(account_id)
    if account is None:
        raise AccountUnknown
    return account


def _ask(account: Any, title: str, text: str, act: str) -> ResponseReturnValue:
    return confirm(title, text, act=act, back=url_for(".one", account_id=account.id),
                   facts={"账号": account.login, "姓名": account.display_name})


def _done(account_id: uuid.UUID, words: str) -> ResponseReturnValue:
    notice(words)
    return to(".one", account_id=account_id)


def _link(invited: Invited) -> ResponseReturnValue:
    link = f"{settings().PUBLIC_BASE_URL}/console/invitations/{invited.token}"
    return page("invited.html", title="邀请已建立", login=invited.account.login, link=link,
                hours=settings().STAFF_INVITATION_HOURS)
