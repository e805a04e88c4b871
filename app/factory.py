"""The composition root: one Flask application out of settings, gateways, scenarios and doors."""

from typing import Any

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app import docs, health
from app.appeals import views as appeals_views
from app.appeals.cli import appeals_cli
from app.benefits import application_views, presenting_views
from app.benefits import views as benefits_views
from app.benefits.cli import benefits_cli, offers_cli
from app.benefits.ledger_cli import ledger_cli
from app.checks import embed_views
from app.checks import views as checks_views
from app.checks.cli import checks_cli
from app.consent import views as consent_views
from app.console import sitemap
from app.credit import views as credit_views
from app.demo import demo_cli
from app.feedback import views as feedback_views
from app.feedback.cli import feedback_cli
from app.feedback.initiative_cli import initiatives_cli
from app.gateways import health as gateway_health
from app.gateways.merchants.client import MerchantClient
from app.gateways.platform.asking import PlatformSettings
from app.gateways.platform.cli import platform_cli
from app.gateways.platform.client import PlatformClient
from app.gateways.platform.pacing import Pace
from app.gateways.platform.pacing_here import Here
from app.gateways.platform.pacing_shared import Shared
from app.gateways.platform.push import PlatformDoor
from app.gateways.platform.rotating import LiveKeys
from app.gateways.transport import Limits
from app.gateways.wechat.client import WechatClient
from app.identity import phrasing
from app.identity import views as identity_views
from app.kernel import clock, errors, http, keyring, logs, openapi, redis, sealing
from app.kernel.db import db
from app.kernel.db import install as install_database
from app.merchant_api import application_views as merchant_application_views
from app.merchant_api import bill_views as merchant_bill_views
from app.merchant_api import check_views as merchant_check_views
from app.merchant_api import key_views as merchant_key_views
from app.merchant_api import payscore_views
from app.merchant_api import views as merchant_api_views
from app.merchants.cli import merchants_cli
from app.notifications.cli import notifications_cli
from app.orders import views as orders_views
from app.outbox.cli import outbox_cli
from app.platform_api import views as platform_api_views
from app.platform_api.cli import platform_events_cli
from app.scenario import registry
from app.scenario.cli import scenario_cli
from app.staff.cli import staff_cli
from app.trail.cli import trail_cli
from app.volunteers import views as volunteers_views
from app.volunteers.certificates import views as certificate_views
from app.volunteers.cli import volunteers_cli
from app.volunteers.outstanding import views as nomination_views
from app.volunteers.outstanding.cli import outstanding_cli
from app.volunteers.red_list.cli import red_list_cli
from app.volunteers.service import views as attendance_views
from config import Settings

DOORS = (identity_views.door, consent_views.door, credit_views.door, volunteers_views.door, attendance_views.door,
         certificate_views.door, nomination_views.door,
         benefits_views.door, presenting_views.door, application_views.door, feedback_views.door, appeals_views.door,
         orders_views.door, merchant_api_views.door, payscore_views.door, payscore_views.sdk_door,
         merchant_application_views.door, merchant_key_views.door, merchant_check_views.door,
         merchant_bill_views.door, checks_views.door,
         embed_views.door, platform_api_views.door, health.door, docs.door)
COMMANDS = (appeals_cli, benefits_cli, checks_cli, offers_cli, demo_cli, feedback_cli, initiatives_cli, merchants_cli,
            ledger_cli, notifications_cli, outbox_cli, outstanding_cli, platform_cli, platform_events_cli, red_list_cli,
            scenario_cli, staff_cli, trail_cli, volunteers_cli)


class Application(Flask):
    """Flask, whose files under names that change with their content may be kept by browsers."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        hashed = filename is not None and filename.startswith(("vendor/", "console/"))
        return 31_536_000 if hashed else super().get_send_file_max_age(filename)


def create_app(settings: Settings) -> Flask:
    """The whole system in one process, with nothing called and nothing written yet."""
    logs.install(settings.LOG_LEVEL)
    app = Application("app", static_folder="static", static_url_path="/static")
    app.config.from_mapping(_flask_settings(settings))
    app.extensions["settings"] = settings
    if settings.TRUSTED_PROXIES:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.TRUSTED_PROXIES)  # type: ignore[method-assign]
    _install_kernel(app, settings)
    _install_gateways(app, settings)
    app.extensions["scenarios"] = registry.load()
    _open_doors(app)
    return app


def _flask_settings(settings: Settings) -> dict[str, Any]:
    own = dict(settings._values)
    return {
        **{name: value for name, value in own.items() if not name.endswith(("SECRET", "_URL")) and name != "KEYRING"},
        "SQLALCHEMY_DATABASE_URI": settings.DATABASE_URL.replace("postgresql://", "postgresql+psycopg://", 1),
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": settings.DATABASE_POOL, "max_overflow": 4, "pool_pre_ping": False, "pool_recycle": 1800,
            "hide_parameters": True,
            "connect_args": {"options": "-c timezone=Asia/Shanghai -c idle_in_transaction_session_timeout=60000 "
                                        f"-c statement_timeout={settings.DATABASE_STATEMENT_SECONDS * 1000}",
                             "connect_timeout": 5, "application_name": "xinyi"},
        },
        "MAX_CONTENT_LENGTH": settings.UPLOAD_LIMIT_BYTES + 65_536,
        **openapi.SETTINGS,
    }


def _install_kernel(app: Flask, settings: Settings) -> None:
    errors.install(app)
    http.install(app, settings.BODY_LIMIT_BYTES)
    install_database(app)
    Migrate(app, db, directory="migrations", compare_type=True)
    redis.install(app, settings.REDIS_URL)
    sealing.install(app, keyring.load(settings.KEYRING), settings.SEALING_SUITE)


def _install_gateways(app: Flask, settings: Settings) -> None:
    live = LiveKeys(settings.PLATFORM_KEYS_DIR, settings.PLATFORM_SUITE)
    keys = live.now()
    nonces = redis.Nonces(app.extensions["redis"])
    limits = Limits(connect_s=settings.PLATFORM_CONNECT_SECONDS, read_s=settings.PLATFORM_READ_SECONDS,
                    whole_s=settings.PLATFORM_READ_SECONDS + 2)
    told = PlatformSettings(settings.PLATFORM_BASE_URL, settings.PLATFORM_APP_ID or keys.app_id or "",
                            settings.PLATFORM_ID or keys.platform_id or "", live, limits)
    rate = settings.PLATFORM_RATE_PER_SECOND
    pace = Pace(Here(clock, rate), Shared(app.extensions["redis"], clock, rate))
    gateway_health.watch(pace.shown)
    app.extensions["platform"] = PlatformClient(told, nonces, clock, pace)
    app.extensions["platform_door"] = PlatformDoor(told, nonces, clock)
    phrasing.check(settings.WECHAT_TEMPLATES)
    app.extensions["merchants"] = MerchantClient(anywhere=settings.NOTIFY_ANYWHERE)
    app.extensions["wechat"] = WechatClient(settings.WECHAT_BASE_URL, settings.WECHAT_APPID, settings.WECHAT_SECRET,
                                            app.extensions["redis"], clock)


def _open_doors(app: Flask) -> None:
    api = openapi.Contract(app)
    for door in DOORS:
        api.register_blueprint(door)
    openapi.finish(app, api)
    for pages in sitemap.PAGES:
        app.register_blueprint(pages)
    app.extensions["openapi"] = api
    for commands in COMMANDS:
        app.cli.add_command(commands)
