"""Settings: declared once, read strictly, refused all at once in production, and all of them documented."""

import re
from pathlib import Path

import pytest

import config
from config.__main__ import page
from config.settings import SETTINGS

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "PUBLIC_BASE_URL": "https://xinyi.example", "DATABASE_URL": "postgresql://db/xinyi", "REDIS_URL": "redis://r/0",
    "KEYRING": "{}", "PLATFORM_BASE_URL": "https://platform.example/gateway/v1", "PLATFORM_KEYS_DIR": "keys",
    "WECHAT_BASE_URL": "https://wechat.example", "WECHAT_APPID": "wx1", "WECHAT_SECRET": "s",
}


def test_the_reference_page_names_every_setting():
    # seen to fail: a setting added without making the page anew
    assert (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8") == page()


def test_production_names_all_that_is_missing_at_once():
    with pytest.raises(config.ConfigRefused) as refused:
        config.load({})
    named = {problem.split(":")[0] for problem in refused.value.problems}
    assert named >= {setting.name for setting in SETTINGS if setting.needed}


def test_production_with_all_of_it_starts():
    settings = config.load(PRODUCTION)
    assert settings.production
    assert settings.ACCESS_TOKEN_SECONDS == 900


@pytest.mark.parametrize(("name", "value"), [
    ("PUBLIC_BASE_URL", "http://xinyi.example"), ("PLATFORM_BASE_URL", "http://platform.example/gateway/v1"),
    ("PLATFORM_BASE_URL", "https://platform.example"), ("WECHAT_APPID", "wx-demo-xinyi"),
    ("WECHAT_SECRET", "demo-secret-of-the-sandbox"), ("CRASH_POINT", "feedback.held"),
])
def test_production_refuses_what_is_insecure(name, value):
    with pytest.raises(config.ConfigRefused, match=name):
        config.load({**PRODUCTION, name: value})


@pytest.mark.parametrize(("name", "value"), [
    ("PORT", "80a"), ("PORT", "-1"), ("PORT", "٣"), ("PORT", "70000"), ("XINYI_ENV", "staging"),
    ("PUBLIC_BASE_URL", "ftp://x"), ("FEEDBACK_BATCH", "501"),
])
def test_what_is_malformed_is_named_and_its_value_is_not_trusted(name, value):
    with pytest.raises(config.ConfigRefused, match=name):
        config.load({**PRODUCTION, name: value})


def test_a_secret_may_come_from_a_file_but_not_from_both(tmp_path):
    file = tmp_path / "secret"
    file.write_text("from-a-file\n", encoding="utf-8")
    told = {name: value for name, value in PRODUCTION.items() if name != "WECHAT_SECRET"}
    assert config.load({**told, "WECHAT_SECRET_FILE": str(file)}).WECHAT_SECRET == "from-a-file"
    with pytest.raises(config.ConfigRefused, match="given twice"):
        config.load({**PRODUCTION, "WECHAT_SECRET_FILE": str(file)})


def test_settings_are_frozen_and_their_repr_is_silent():
    settings = config.load(PRODUCTION)
    with pytest.raises(AttributeError):
        settings.PORT = 1
    with pytest.raises(AttributeError):
        _ = settings.NOT_DECLARED
    assert "postgresql" not in repr(settings)


def test_nobody_else_reads_the_environment():
    # seen to fail: os.environ in app/health.py
    readers = [path for folder in ("app", "scenarios") for path in (ROOT / folder).rglob("*.py")
               if re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8"))]
    assert readers == []
