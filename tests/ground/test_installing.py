"""What `make env` does before there is anything of ours. Break: the check for a link is left out of `main`."""

from pathlib import Path

import pytest

from supervisor import installing


def test_anothers_environment_is_not_emptied_through_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    others = tmp_path / "others"
    (others / "bin").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(others)
    monkeypatch.setattr(installing, "VENV", tmp_path / ".venv")
    assert installing.main(dev=False) == 1
    assert "rm .venv" in capsys.readouterr().err
    assert (others / "bin").is_dir()
