"""What the processes of a run are told. What the caller has set wins over every value made up here."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from supervisor.errors import Trouble
from supervisor.places import ROOT, Places

# Made up, and what the settings say in development; the application and the sandbox's WeChat share them.
WECHAT_APPID = "wx-demo-xinyi"
WECHAT_SECRET = "demo-secret-of-the-sandbox"  # noqa: S105


def port(environ: Mapping[str, str], setting: str, default: int) -> int:
    """A port setting as a number. Raises Trouble where it isn't one."""
    text = environ.get(setting) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise Trouble(f"{setting}={text!r} is not a port: give a number from 1 to 65535.")
    return int(text)


def var_dir(environ: Mapping[str, str]) -> Path:
    """VAR_DIR as an absolute path; `var` in the checkout where it isn't set."""
    return Path(environ.get("VAR_DIR") or ROOT / "var").absolute()


def named(environ: Mapping[str, str], setting: str) -> bool:
    """Whether the caller has set it, itself or by the file that SETTING_FILE names."""
    return bool(environ.get(setting) or environ.get(f"{setting}_FILE"))


def before_keys(
    environ: Mapping[str, str], places: Places, database_url: str | None, redis_url: str | None
) -> dict[str, str]:
    """Everything but what the sandbox's keys tell. The two URLs are those of embedded servers that run."""
    web, sandbox = port(environ, "PORT", 8000), port(environ, "SANDBOX_PORT", 9100)
    made_up = {
        "XINYI_ENV": "development",
        "PORT": str(web),
        "SANDBOX_PORT": str(sandbox),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{web}",
        "PLATFORM_BASE_URL": f"http://127.0.0.1:{sandbox}/gateway/v1",
        "PLATFORM_SUITE": "ES256-SHA256",
        "WECHAT_BASE_URL": f"http://127.0.0.1:{sandbox}/wechat",
        "WECHAT_APPID": WECHAT_APPID,
        "WECHAT_SECRET": WECHAT_SECRET,
        "EVENTS_URL": f"http://127.0.0.1:{web}/platform/v1/events",
        "PROMETHEUS_MULTIPROC_DIR": str(places.metrics),
        "DATABASE_URL": database_url or "",
        "REDIS_URL": redis_url or "",
    }
    if not named(environ, "KEYRING"):
        made_up["KEYRING_FILE"] = str(places.keyring)
    fixed = {
        "VAR_DIR": str(places.var),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in environ.items() if value}
    ours = {name: value for name, value in made_up.items() if value and not named(environ, name)}
    return {**ours, **given, **fixed}


def with_keys(environment: Mapping[str, str], places: Places) -> dict[str, str]:
    """`environment` and the platform's names and keys, from the sandbox's keys.json where the caller named no
    other.
    """
    folder = Path(environment.get("PLATFORM_KEYS_DIR") or places.sandbox / "keys")
    listed = folder / "keys.json"
    try:
        keys = json.loads(listed.read_text("utf-8"))
        from_file = {
            "PLATFORM_KEYS_DIR": str(folder),
            "PLATFORM_APP_ID": keys["app_id"],
            "PLATFORM_ID": keys["platform_id"],
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{listed} can't be read as the platform's keys ({type(error).__name__}).") from None
    return {**from_file, **environment}
