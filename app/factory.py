"""The composition root: one Flask application out of settings, gateways, scenarios and doors."""

import importlib
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app.gateways.platform.client import PlatformClient, PlatformSettings
from app.gateways.platform.keys import load_keys
from app.gateways.platform.push import PlatformDoor
from app.gateways.transport import Limits
from app.gateways.wechat.client import WechatClient
from app.kernel import clock, errors, http, keyring, logs, openapi, redis, sealing
from app.kernel.db import db
from app.scenario import registry
from config import Settings

DOORS = ("app.health", "app.docs", "app.identity.views", "app.consent.views", "app.credit.views",
         "app.volunteers.views", "app.benefits.views", "app.benefits.presenting_views", "app.benefits.application_views",
         "app.feedback.views", "app.appeals.views", "app.merchant_api.views")


def create_app(settings: Settings) -> Flask:
    """The whole system in one process, with nothing called and nothing written yet."""
    logs.install(settings.LOG_LEVEL)
    app = Flask("app", static_folder="static", static_url_path="/static")
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
    db.init_app(app)
    Migrate(app, db, directory="migrations", compare_type=True)
    redis.install(app, settings.REDIS_URL)
    sealing.install(app, keyring.load(settings.KEYRING), settings.SEALING_SUITE)


def _install_gateways(app: Flask, settings: Settings) -> None:
    keys = load_keys(settings.PLATFORM_KEYS_DIR, settings.PLATFORM_SUITE)
    nonces = redis.Nonces(app.extensions["redis"])
    limits = Limits(connect_s=settings.PLATFORM_CONNECT_SECONDS, read_s=settings.PLATFORM_READ_SECONDS,
                    whole_s=settings.PLATFORM_READ_SECONDS + 2)
    told = PlatformSettings(settings.PLATFORM_BASE_URL, settings.PLATFORM_APP_ID or keys.app_id or "",
                            settings.PLATFORM_ID or keys.platform_id or "", keys, limits)
    app.extensions["platform"] = PlatformClient(told, nonces, clock)
    app.extensions["platform_door"] = PlatformDoor(told, nonces, clock)
    app.extensions["wechat"] = WechatClient(settings.WECHAT_BASE_URL, settings.WECHAT_APPID, settings.WECHAT_SECRET,
                                            app.extensions["redis"], clock)


def _open_doors(app: Flask) -> None:
    api = openapi.Contract(app)
    for name in DOORS:
        try:
            api.register_blueprint(importlib.import_module(name).door)
        except ImportError as missing:  # while the packages are being built
            print("door left out:", name, missing)
    openapi.finish(app, api)
    app.extensions["openapi"] = api
