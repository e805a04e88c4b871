"""A record that was rejected and corrected, a day that differs and is reported, and one that is half fetched."""

import contextlib

from flask import Flask
from sqlalchemy import text

from app.feedback import correcting, queries, reconciling, sending
from app.gateways.platform.failures import Passing
from app.kernel import clock
from app.kernel.db import session, transaction
from app.outbox import sending as outbox
from tests.sandbox_process import Sandbox

PATH = "/benefit-usages/reconciliations"


def walk(app: Flask, sandbox: Sandbox) -> None:
    """At least two uses are owed."""
    with app.app_context():
        assert outbox.drain() > 0
        uscc = session().scalar(text("SELECT provider_uscc FROM usages ORDER BY id LIMIT 1"))
        sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": False})
        assert sending.work() > 0
        sandbox.control("POST", "/platform/providers", {"uscc": uscc, "known": True})
        wrong, _ = queries.wrong_page({"limit": 100})
        for row in wrong:
            correcting.correct(row.record_no, correcting.Changes(), "已请省平台登记商户", "staff:walker")
        assert sending.work() > 0
        with transaction() as s:
            s.execute(text("UPDATE feedbacks SET receipt_no = 'another' WHERE state = 'accepted'"))
        reconciling.reconcile(clock.today())
        sandbox.control("PUT", "/platform/settings", {"page_size": 1})
        sandbox.control("POST", "/faults", {"target": "platform", "path": PATH, "kind": "drop", "skip": 1, "times": 1})
        with contextlib.suppress(Passing):
            reconciling.reconcile(clock.today())
        sandbox.control("PUT", "/platform/settings", {"page_size": 1000})
