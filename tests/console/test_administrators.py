"""Administrators by their pages: inviting, two persons for a role, proofs, ended sessions, the trail.

Break tried: `fresh=True` that isn't looked at.
"""

import json
import re

import psycopg
from flask import Flask

from app.kernel import progress
from app.staff import sessions
from tests.console.browsing import Some, Visit, words
from tests.staff.people import PASSWORD

LINK = re.compile(r"/console/invitations/[A-Za-z0-9_-]{43}")
ACCOUNTS = "/console/operations/accounts"


def test_from_an_invitation_to_a_role_by_two(app: Flask, visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    system, security = visitor(someone("system_admin")), visitor(someone("security_admin"))
    page = system.post(f"{ACCOUNTS}/invite", {"login": "li.new", "name": "示例人员"})
    link = LINK.search(page.text)
    assert link
    newcomer = visitor()
    newcomer.post(link[0], {"password": PASSWORD})
    found = db.execute("SELECT id FROM staff_accounts WHERE login = 'li.new'").fetchone()
    assert found
    one = f"{ACCOUNTS}/{found[0]}"
    asked = system.post(f"{one}/roles", {"role": "operator", "change": "grant", "reason": "入职"})
    assert "等待安全管理员审批" in words(asked)
    waiting = security.get("/console/operations/roles/?state=open")
    assert "li.new" in words(waiting)
    assert "/approve" not in system.get("/console/operations/roles/").text
    approve = re.search(r'href="([^"]+/approve)"', waiting.text)
    assert approve
    assert system.post(approve[1]).status_code == 403
    assert "授予 运营人员" in words(security.get(approve[1]))
    assert "已审批" in words(security.post(approve[1]))
    assert "运营人员" in words(system.get(one))


def test_the_asker_cannot_approve_even_by_hand(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    asker, about = visitor(someone("security_admin")), someone(None)
    asker.post(f"{ACCOUNTS}/{about.id}/roles", {"role": "operator", "change": "grant", "reason": "入职"})
    found = db.execute("SELECT id FROM staff_role_requests").fetchone()
    assert found
    answer = asker.post(f"/console/operations/roles/{found[0]}/approve")
    assert answer.status_code == 409
    assert "他人" in words(answer)


def test_sensitive_acts_want_a_fresh_proof(app: Flask, visitor: Visit, someone: Some,
                                           db: psycopg.Connection) -> None:
    who, about = someone("system_admin"), someone("operator")
    there = visitor(who)
    db.execute("UPDATE staff_sessions SET proven_at = proven_at - interval '11 minutes'")
    close = f"{ACCOUNTS}/{about.id}/close"
    assert there.get(f"{ACCOUNTS}/{about.id}").status_code == 200
    for asked in (there.get(close, follow=False), there.post(close, page="/console/account/password", follow=False)):
        assert asked.location == f"/console/account/step-up?next={close}"
    assert db.execute("SELECT state FROM staff_accounts WHERE id = %s", (about.id,)).fetchone() == ("active",)
    before = there.cookie()
    wrong = there.post(f"/console/account/step-up?next={close}", {"code": "000000"})
    assert wrong.status_code == 422
    on = there.post(f"/console/account/step-up?next={close}", {"code": who.code()}, follow=False)
    assert on.location == close
    assert there.cookie() != before
    assert "停用账号" in words(there.get(close))
    assert "账号已停用" in words(there.post(close))


def test_sessions_are_seen_and_ended(app: Flask, visitor: Visit, someone: Some) -> None:
    who = someone("system_admin")
    here, there = visitor(who), visitor(who)
    page = here.get("/console/account/")
    assert words(page).count("当前") == 1
    assert page.text.count("/end\"") == 3, "two sessions, and all others"
    assert "已退出 1 处" in words(here.post("/console/account/sessions/end"))
    assert there.get("/console/operations/", follow=False).status_code == 303
    other = someone("operator")
    theirs = visitor(other)
    assert "已退出 1 处" in words(here.post(f"{ACCOUNTS}/{other.id}/end-sessions"))
    assert theirs.get("/console/operations/", follow=False).status_code == 303


def test_another_password_and_another_second_factor(app: Flask, visitor: Visit, someone: Some) -> None:
    who = someone("operator")
    there = visitor(who)
    wrong = there.post("/console/account/password", {"old": "wrong password", "new": "Marmalade-Lantern-9"})
    assert "密码不对" in words(wrong)
    assert "Marmalade" not in wrong.text
    right = there.post("/console/account/password", {"old": PASSWORD, "new": "Marmalade-Lantern-9"})
    assert "密码已修改" in words(right)
    assert "密码已修改" not in words(there.get("/console/account/")), "told once"
    assert "<svg" in there.get("/console/account/totp").text


def test_the_auditor_reads_what_was_done(visitor: Visit, someone: Some) -> None:
    who = someone("audit_admin")
    there = visitor(who)
    assert "staff.login" in words(there.get(f"/console/operations/audit/?what=login&actor={who.id}"))
    assert there.get("/console/operations/accounts/").status_code == 403


def test_somebody_without_a_role_waits(visitor: Visit, someone: Some) -> None:
    assert "还没有任何角色" in words(visitor(someone(None)).get("/console/"))


def test_ones_own_work_is_seen_after_a_reload(app: Flask, visitor: Visit, someone: Some) -> None:
    who, stranger = someone("operator"), someone("operator")
    there = visitor(who)
    with app.app_context():
        work = progress.begin("import", f"staff:{who.id}", "导入志愿者", total=100)
        progress.move(work, 40)
    page = there.get(f"/console/account/work/{work}")
    assert 'value="40"' in page.text
    assert "every 1s" in page.text
    with app.app_context():
        progress.fail(work, problem="第 3 行有误。")
    over = there.get(f"/console/account/work/{work}")
    assert "第 3 行有误" in words(over)
    assert "every 1s" not in over.text
    assert visitor(stranger).get(f"/console/account/work/{work}").status_code == 404


def test_a_clerks_store_comes_from_the_account(app: Flask, visitor: Visit, db: psycopg.Connection) -> None:
    """A merchant's person sees their merchant's pages, and none of operations'."""
    assert app.test_cli_runner().invoke(args=["demo", "load"]).exit_code == 0
    kept = json.loads((app.config["VAR_DIR"] / "demo" / "staff.json").read_text("utf-8"))
    clerk = visitor()
    clerk.post("/console/login", {"login": "clerk.1600000001", "password": kept["clerk.1600000001"]["password"]})
    assert "1600000001" in words(clerk.get("/console/"))
    assert clerk.get("/console/operations/").status_code == 404
    with app.app_context():
        found = sessions.of_token(str(clerk.cookie()))
        assert found
        store = db.execute("SELECT code FROM stores JOIN staff_roles ON store_id = stores.id WHERE account_id = %s",
                           (found[1].id,)).fetchone()
    assert store == ("GJ-01",)
