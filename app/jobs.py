"""The background worker's way in: `celery --app app.jobs:celery worker`, and `beat` for the clock."""

import config
from app.benefits import expiring
from app.consent import ending
from app.console.portal import counting as portal_figures
from app.credit import grades, keeping, kept_events, reports
from app.factory import create_app
from app.feedback import feeding_back, initiatives, reconciling, rerunning
from app.feedback import sending as feedback
from app.feedback import warning as initiative_warning
from app.identity import pruning
from app.kernel import idempotency
from app.kernel.jobs import Job, build
from app.merchants import admitting, keeping_nonces
from app.notifications import forgetting
from app.notifications import sending as notifications
from app.orders import expiring as order_expiring
from app.outbox import sending as outbox
from app.staff import sessions as staff_sessions
from app.trail import sealing as trail
from app.volunteers import approving, transferring, verifying
from app.volunteers.imports import carrying as carrying_imports
from app.volunteers.outstanding import exiting, objecting, publicising

JOBS = [
    Job("outbox.drain", outbox.drain, every=1),
    Job("outbox.sweep", outbox.sweep, every=15),
    Job("notifications.tick", notifications.tick, every=1),
    Job("notifications.forget", forgetting.forget, at=(3, 50)),
    Job("feedback.work", feedback.work, every=1),
    Job("feedback.reconcile", reconciling.run_due, every=600),
    Job("feedback.reconcile_asked", rerunning.run_due, every=2),
    Job("initiatives.poll", initiatives.poll, every=60),
    Job("initiatives.warn", initiative_warning.run_due, every=600),
    Job("initiatives.feed_back", feeding_back.run_due, every=3600),
    Job("benefits.run_due", expiring.run_due, every=5),
    Job("orders.expire", order_expiring.run_due, every=600),
    Job("trail.seal", trail.seal_pending, every=5),
    Job("credit.sweep", grades.sweep, every=30),
    Job("credit.forget", keeping.forget, every=3600),
    Job("credit.forget_reports", reports.forget, every=600),
    Job("credit.forget_events", kept_events.prune, at=(3, 40)),
    Job("consent.end", ending.run_due, every=300),
    Job("identity.prune", pruning.prune, at=(3, 20)),
    Job("merchants.forget_applications", admitting.forget, at=(4, 0)),
    Job("merchants.forget_nonces", keeping_nonces.prune, every=600),
    Job("nominations.clear", publicising.close_due, every=600),
    Job("nominations.expire", exiting.expire_due, every=600),
    Job("nominations.forget_contacts", objecting.forget_contacts, at=(3, 15)),
    Job("portal.count", portal_figures.count, every=600),
    Job("staff.prune", staff_sessions.prune, at=(3, 30)),
    Job("volunteers.verify", verifying.run_due, every=verifying.EVERY_S),
    Job("imports.work", carrying_imports.run_due, every=2),
    Job("imports.forget", carrying_imports.forget, at=(4, 10)),
    Job("volunteers.forget_refused", approving.forget, at=(4, 20)),
    Job("volunteers.expire_transfers", transferring.expire, every=600),
    Job("idempotency.prune", idempotency.prune, every=3600),
]

settings = config.load()
celery = build(create_app(settings), settings.REDIS_URL, JOBS)
