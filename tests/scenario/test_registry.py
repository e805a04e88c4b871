"""Finding scenarios, by folder and by installed package; the command; reading a loaded one."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from app.scenario.cli import scenario_cli as command
from app.scenario.contract import Kind
from app.scenario.registry import SCENARIOS, ScenarioErrors, load
from app.scenario.scaffolding import CannotScaffold, scaffold
from app.scenario.scenario import BrokenRules

LOADED = load(SCENARIOS, entry_points=False)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _install(site, point, module):
    """What pip leaves behind of a package with an entry point."""
    info = site / f"{module.replace('.', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {info.stem}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[xinyi.scenarios]\n{point} = {module}\n")


# Fails where entry points aren't read.
def test_an_installed_package_is_found(tmp_path, monkeypatch):
    site, empty = tmp_path / "site", tmp_path / "empty"
    package = site / "xinyi_plus_car_wash"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    scaffold(package, "car_wash", Kind.ORDER, "信易洗")
    (package / "car_wash" / "__init__.py").write_text("")
    _install(site, "car_wash", "xinyi_plus_car_wash.car_wash")
    monkeypatch.syspath_prepend(str(site))
    empty.mkdir()
    assert list(load(empty)) == ["car_wash"]
    assert list(load(empty, entry_points=False)) == []


def test_an_entry_point_to_nothing_or_of_another_name_is_refused(tmp_path, monkeypatch):
    site, empty = tmp_path / "site", tmp_path / "empty"
    package = site / "xinyi_plus_dog_wash"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    scaffold(package, "dog_wash", Kind.ORDER, "信易洗")
    (package / "dog_wash" / "__init__.py").write_text("")
    _install(site, "cat_wash", "xinyi_plus_dog_wash.dog_wash")
    _install(site, "gone", "xinyi_plus_nothing_here")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(ScenarioErrors) as caught:
        load(empty)
    assert sorted(caught.value.errors) == [
        "cat_wash: its entry point is called cat_wash, its id dog_wash",
        "gone: its entry point names xinyi_plus_nothing_here, which is no package",
    ]


def test_the_same_scenario_twice_is_refused(tmp_path, monkeypatch):
    site = tmp_path / "site"
    package = site / "xinyi_plus_twin"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    shutil.copytree(SCENARIOS / "rental", package / "rental")
    (package / "rental" / "__init__.py").write_text("")
    _install(site, "rental", "xinyi_plus_twin.rental")
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(ScenarioErrors, match="rental: a scenario called rental is there twice"):
        load(SCENARIOS)


# Fails where two plugins' terms.py end up as one module.
def test_plugins_do_not_meet():
    assert LOADED["rental"].terms_schema is not LOADED["volunteer"].terms_schema
    assert LOADED["rental"].terms_schema.__module__ != LOADED["volunteer"].terms_schema.__module__


@pytest.mark.parametrize("kind", ["voucher", "order", "application"])
def test_new_check_and_list(tmp_path, kind):
    run = CliRunner().invoke
    made = run(command, ["new", "car_wash", "--kind", kind, "--title", "信易洗", "--dir", str(tmp_path)])
    assert made.exit_code == 0, made.output
    checked = run(command, ["check", "--dir", str(tmp_path)])
    assert (checked.exit_code, checked.output) == (0, "1 scenarios, nothing wrong\n")
    listed = run(command, ["list", "--dir", str(tmp_path)])
    assert listed.output.startswith(f"car_wash\t0.1.0\t{kind}\t信易洗\t")


def test_check_says_all_and_ends_with_one(tmp_path):
    folder = scaffold(tmp_path, "car_wash", Kind.VOUCHER, "信易洗")
    (folder / "rules.py").unlink()
    (folder / "README.md").unlink()
    checked = CliRunner().invoke(command, ["check", "--dir", str(tmp_path)])
    assert checked.exit_code == 1
    assert "car_wash: rules.py is missing" in checked.output
    assert "car_wash: README.md is missing" in checked.output


@pytest.mark.parametrize("name", ["Car", "9lives", "../up", "a" * 33, "洗车", "car\n", ""])
def test_a_name_that_is_none_is_not_written(tmp_path, name):
    with pytest.raises(CannotScaffold):
        scaffold(tmp_path, name, Kind.VOUCHER, "信易洗")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", " ", '"', "$id", "a\nb", "洗" * 41])
def test_a_title_that_would_break_the_file_is_not_written(tmp_path, title):
    with pytest.raises(CannotScaffold):
        scaffold(tmp_path, "car_wash", Kind.VOUCHER, title)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_overwritten(tmp_path):
    scaffold(tmp_path, "car_wash", Kind.VOUCHER, "信易洗")
    with pytest.raises(CannotScaffold, match="there already"):
        scaffold(tmp_path, "car_wash", Kind.VOUCHER, "信易洗")


# Fails where the version of a commitment that an offer names can be gone without a word.
def test_a_commitment_is_the_version_that_the_terms_name():
    fast_track = LOADED["fast_track"]
    assert fast_track.commitment({"template_version": "2026-1"}).version == "2026-1"
    assert fast_track.commitment({}) == fast_track.manifest.commitments[-1]
    with pytest.raises(BrokenRules):
        fast_track.commitment({"template_version": "1999-1"})
    assert LOADED["rental"].commitment({}) is None


# Fails where the hold, the offer's end or the year's end in Shanghai is left out.
def test_what_is_claimed_ends_with_the_first_of_offer_hold_and_year():
    later = NOON + timedelta(days=400)
    rental, volunteer = LOADED["rental"], LOADED["volunteer"]
    assert rental.valid_to({"hold_minutes": 30}, NOON, later) == NOON + timedelta(minutes=30)
    assert rental.valid_to({"hold_minutes": 30}, NOON, NOON + timedelta(minutes=5)) == NOON + timedelta(minutes=5)
    assert volunteer.valid_to({}, NOON, later) == datetime(2026, 12, 31, 16, tzinfo=UTC)
    in_the_new_year = datetime(2026, 12, 31, 17, tzinfo=UTC)  # 1 January, 01:00, in Shanghai
    assert volunteer.valid_to({}, in_the_new_year, later + timedelta(days=90)) == datetime(
        2027, 12, 31, 16, tzinfo=UTC
    )
    assert LOADED["fast_track"].valid_to({}, NOON, later) == later


# Fails where an offer's terms can lead the rules past what was checked at start.
@pytest.mark.parametrize(
    ("fact", "why"), [('"citizen." + "height"', '"grade_too_low"'), ('"citizen.age"', '"grade_" + "tall"')]
)
def test_terms_that_no_check_saw_still_stop_at_the_whitelist(tmp_path, fact, why):
    folder = scaffold(tmp_path, "car_wash", Kind.VOUCHER, "信易洗")
    rules = folder / "rules.py"
    rules.write_text(
        rules.read_text("utf-8").replace(
            "    return [", '    if terms["min_grade"] == "D":\n        '
            f"return [AtLeast({fact}, 1, {why})]\n    return [",
        ),
        "utf-8",
    )
    made = load(tmp_path, entry_points=False)["car_wash"]
    assert made.facts({"min_grade": "A"}) == {"credit.grade"}
    with pytest.raises(BrokenRules):
        made.conditions({"min_grade": "D"})
    with pytest.raises(BrokenRules):
        made.word("grade_tall")
