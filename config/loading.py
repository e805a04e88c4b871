"""From the environment to one frozen Settings, or one error that names all that is wrong."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.settings import SETTINGS, Setting

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class ConfigRefused(RuntimeError):
    """The settings can't be used; `problems` names every one, and never a secret's value."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("the settings can't be used:\n- " + "\n- ".join(problems))


class Settings:
    """Values by declared name, e.g. `settings.PORT`; frozen, and silent about secrets in its repr."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(f"no setting is declared by the name {name}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("settings are frozen")

    def __repr__(self) -> str:
        return f"Settings({self.XINYI_ENV})"

    @property
    def production(self) -> bool:
        return bool(self.XINYI_ENV == "production")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read every declared setting; raises ConfigRefused naming all that is missing, malformed or insecure."""
    source = os.environ if environ is None else environ
    problems: list[str] = []
    env = source.get("XINYI_ENV", "production")
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            raw = _raw(setting, source)
            values[setting.name] = _fallback(setting, env) if raw is None else _parse(setting, raw)
        except ValueError as wrong:
            problems.append(f"{setting.name}: {wrong}")
    if not problems:
        problems = [*_missing(values, env), *(_insecure(values) if env == "production" else [])]
    if problems:
        raise ConfigRefused(problems)
    return Settings(values)


def _raw(setting: Setting, source: Mapping[str, str]) -> str | None:
    value = source.get(setting.name)
    file = source.get(setting.name + "_FILE") if setting.secret else None
    if value is not None and file is not None:
        raise ValueError(f"given twice, also by {setting.name}_FILE")
    if file is None:
        return value
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise ValueError(f"{setting.name}_FILE can't be read ({wrong.strerror})") from None


def _fallback(setting: Setting, env: str) -> object:
    if env != "production" and setting.development is not None:
        return setting.development
    return Path(str(setting.default)) if setting.kind == "path" and setting.default else setting.default


def _parse(setting: Setting, raw: str) -> object:
    match setting.kind:
        case "int":
            return _int(setting, raw)
        case "bool":
            if raw.lower() not in TRUE | FALSE:
                raise ValueError("must be true or false")
            return raw.lower() in TRUE
        case "choice":
            if raw not in setting.choices:
                raise ValueError("must be one of " + ", ".join(setting.choices))
            return raw
        case "path":
            return Path(raw)
        case "url":
            parts = urlsplit(raw)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("must be an http(s) address")
            return raw.rstrip("/")
        case "pairs":
            return _pairs(raw)
        case _:
            return raw


def _pairs(raw: str) -> dict[str, str]:
    if not raw.strip():
        return {}
    pairs = [tuple(part.strip() for part in each.split("=", 1)) for each in raw.split(",")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs) or len(dict(pairs)) != len(pairs):  # type: ignore[arg-type]
        raise ValueError("must be name=value,name=value")
    return dict(pairs)  # type: ignore[arg-type]


def _int(setting: Setting, raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", raw):
        raise ValueError("must be a whole number")
    number = int(raw)
    if (setting.low is not None and number < setting.low) or (setting.high is not None and number > setting.high):
        raise ValueError(f"must be from {setting.low} to {setting.high}")
    return number


def _missing(values: Mapping[str, Any], env: str) -> list[str]:
    if env == "testing":
        return []
    return [f"{s.name}: missing. {s.why}" for s in SETTINGS
            if s.needed and values[s.name] in (None, "") and (env == "production" or s.development is None)]


def _insecure(values: Mapping[str, Any]) -> list[str]:
    found = [f"{s.name}: still the development value" for s in SETTINGS
             if s.needed and s.development is not None and values[s.name] == s.development]
    for name in ("PUBLIC_BASE_URL", "PLATFORM_BASE_URL", "WECHAT_BASE_URL"):
        if values[name] and not values[name].startswith("https://"):
            found.append(f"{name}: must be https in production")
    if values["PLATFORM_BASE_URL"] and not values["PLATFORM_BASE_URL"].endswith("/gateway/v1"):
        found.append("PLATFORM_BASE_URL: must end in /gateway/v1")
    if values["NOTIFY_ANYWHERE"]:
        found.append("NOTIFY_ANYWHERE: for development only")
    if values["SANDBOX_MERCHANTS"]:
        found.append("SANDBOX_MERCHANTS: what they use would be reported to the real platform")
    if values["CRASH_POINT"]:
        found.append("CRASH_POINT: for tests only")
    return found
