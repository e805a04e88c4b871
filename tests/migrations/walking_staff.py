"""Staff at the console, so that none of its tables is empty when it goes."""

import contextlib

import pyotp
from flask import Flask

from app.kernel import progress
from app.staff import codes, granting, inviting, queries, signing_in
from app.staff.errors import LoginRefused
from app.staff.inviting import Newcomer
from app.staff.sessions import Browser
from tests.staff.people import PASSWORD

BROWSER = Browser("198.51.100.7", "Chrome on Windows")


def walk(app: Flask) -> None:
    """Joins, sets up a second factor, asks for a role, starts long work; somebody else guesses."""
    with app.app_context():
        invited = inviting.invite(Newcomer("walker", "示例人员", "operations"), actor="operator:test")
        inviting.accept(invited.token, PASSWORD)
        step = signing_in.sign_in("walker", PASSWORD, BROWSER)
        session, account = signing_in.sessions.of_token(step.token) or (None, None)
        assert session is not None
        assert account is not None
        recovery = signing_in.enrol(account.id, session.id, pyotp.TOTP(codes.offer(account)).now()).recovery
        assert len(recovery) == 10
        asker = queries.by_login("sysadmin")
        assert asker is not None
        granting.ask(account.id, "operator", "grant", "入职", by=asker.id)
        progress.begin("import", f"staff:{account.id}", "导入", total=10)
        with contextlib.suppress(LoginRefused):
            signing_in.sign_in("walker", "a wrong password", BROWSER)
