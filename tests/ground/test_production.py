"""The units and the sample of settings that production starts from."""

import re
from pathlib import Path

import pytest

import config
from config.settings import SETTINGS
from supervisor import children
from supervisor.places import ROOT

SAMPLE = ROOT / "deploy" / "xinyi.env.sample"
TO_FILL_IN = {"WECHAT_APPID": "wx0000000000000000"}


def sample() -> dict[str, str]:
    lines = [line for line in SAMPLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_production_takes_the_sample_once_it_is_filled_in(tmp_path: Path) -> None:
    """Fails where a needed setting is missing from the sample, or one in it is refused."""
    environ = {**sample(), **TO_FILL_IN}
    for name in [name for name in environ if name.endswith("_FILE")]:
        secret = tmp_path / name
        secret.write_text("a-secret-of-production")
        environ[name] = str(secret)
    assert config.load(environ).production


def test_the_sample_as_it_stands_is_refused() -> None:
    """Fails where a setting that only its operator can know has a value."""
    with pytest.raises(config.ConfigRefused):
        config.load(sample())


def test_every_name_in_the_sample_and_the_procfile_is_a_declared_setting() -> None:
    """Fails where a command reads a variable that the reference page doesn't tell of."""
    declared = {setting.name for setting in SETTINGS} | {f"{setting.name}_FILE" for setting in SETTINGS}
    units = "".join(unit.read_text("utf-8") for unit in (ROOT / "deploy" / "systemd").glob("*.service"))
    used = re.findall(r"\$\{?([A-Z][A-Z_]+)", (ROOT / "Procfile").read_text("utf-8") + units)
    assert {*sample(), *used} - declared == set()


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_production_starts_the_same_program_as_make_run(name: str) -> None:
    """Fails where the Procfile's target moves and the unit stays behind."""
    command = children.read(ROOT / "Procfile")[name]
    unit = (ROOT / "deploy" / "systemd" / f"xinyi-{name}.service").read_text("utf-8")
    started = re.search(r"^ExecStart=/opt/xinyi/.venv/bin/(.+)$", unit, re.MULTILINE)
    assert started
    assert _without_values(started[1]) == _without_values(command)


def _without_values(command: str) -> list[str]:
    """The words of a command but its variables and numbers, which differ between a laptop and production."""
    return [word for word in command.replace('"', "").split() if not re.search(r"[\d$]|/", word)]
