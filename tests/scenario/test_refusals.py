"""A faulty scenario does not load, and says why: each fault is put into a sound one and must be named.

Each case fails where its check is taken out of app/scenario/{checks,imports,manifest,registry}.py: the sound
scenario around it loads (first test), so nothing else could refuse it.
"""

import pytest

from app.scenario.contract import Kind
from app.scenario.registry import ScenarioErrors, load
from app.scenario.scaffolding import scaffold

REDEEM = 'Move("redeem", "ready", "used", by=Role.MERCHANT, report=Outcome.FULFILLED),'
RULE = 'AtLeast("credit.grade", terms["min_grade"], why="grade_too_low")'
GRADE_FIELD = 'min_grade = fields.String('


def _spoil(folder, file, old, new):
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has no {old}"
    path.write_text(text.replace(old, new), "utf-8")


def _errors(place):
    with pytest.raises(ScenarioErrors) as caught:
        load(place, entry_points=False)
    return caught.value.errors


@pytest.mark.parametrize("kind", list(Kind))
def test_the_sound_one_loads(tmp_path, kind):
    scaffold(tmp_path, "sound", kind, "样子")
    assert list(load(tmp_path, entry_points=False)) == ["sound"]


TOML = [
    ('id = "try_it"', 'id = "other"', "its id is other, its folder try_it"),
    ('id = "try_it"', 'id = "Try It"', "id: 'Try It' is no name"),
    ('version = "0.1.0"', 'version = "0.1.0\\n"', "version:"),
    ('kind = "voucher"', 'kind = "lottery"', "kind:"),
    ('kind = "voucher"', 'kind = "order"', "life.py is of kind voucher, scenario.toml of kind order"),
    ("legal_ground = ", "ground = ", "legal_ground: Missing data"),
    ('legal_ground = "赣信用办〔2019〕8号第24项（信用惠民“信易+”）"', 'legal_ground = "  "', "legal_ground: is blank"),
    ("ordinary_way = ", "other_way = ", "ordinary_way: Missing data"),
    ("how = ", "hint = ", "words.grade_too_low.value.how: Missing data"),
    (
        'legal_ground = "赣信用办〔2019〕8号第24项；本权益公示的适用条件"',
        'legal_ground = ""',
        "words.grade_too_low.value.legal_ground:",
    ),
    ("[words.grade_too_low]", "[words.another]", "the reason grade_too_low has no words"),
    ('reports = ["fulfilled", "reversed"]', 'reports = ["fulfilled"]', "reports: scenario.toml declares fulfilled,"),
    ('reports = ["fulfilled", "reversed"]', "", "reports: Missing data"),
    ('reports = ["fulfilled", "reversed"]', 'reports = ["won"]', "reports"),
    ('scopes = ["usage.report"]', "scopes = []", "without asking for the scope usage.report"),
    ('scopes = ["usage.report"]', 'scopes = ["everything"]', "scopes"),
    ('scopes = ["usage.report"]', 'scopes = ["usage.report"]\nsurprise = 1', "surprise: Unknown field"),
    ('scopes = ["usage.report"]', 'scopes = ["usage.report"]\nhold_minutes = 0', "hold_minutes"),
    ('scopes = ["usage.report"]', 'scopes = ["usage.report"]\nhold_minutes = "patience"', "the term patience"),
    ('used = "已使用"\n', "", "names the state used, which scenario.toml does not declare"),
    ('used = "已使用"', 'used = "已使用"\nlost = "遗失"', "declares the state lost, which life.py does not have"),
    ('redeem = "核销"\n', "", "the move redeem has no Chinese name"),
    ('redeem = "核销"', 'redeem = "核销"\nlose = "遗失"', "names the move lose, which life.py does not have"),
    ('redemption = "redeem"\n', "", "needs the door redemption"),
    ('redemption = "redeem"', 'redemption = "gone"', "the door redemption leads to gone, which is no move of"),
    ('redemption = "redeem"', 'redemption = "cancel"', "the door redemption leads to cancel, which is no move of"),
    ('redemption = "redeem"', 'redemption = "redeem"\nback = "redeem"', "doors.back: Unknown field"),
    ("[doors]", "[doors", "scenario.toml can't be read"),
]


@pytest.mark.parametrize(("old", "new", "reason"), TOML, ids=[case[2] for case in TOML])
def test_a_faulty_manifest(tmp_path, old, new, reason):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    _spoil(folder, "scenario.toml", old, new)
    assert any(reason in error for error in _errors(tmp_path))


LIFE = [
    (REDEEM, REDEEM.replace('"used"', '"elsewhere"'), "names the state elsewhere, which scenario.toml"),
    (REDEEM, REDEEM.replace('"ready"', '"nowhere"'), "the state nowhere is unreachable from ready"),
    ('final=("used", "cancelled", "expired")', 'final=("cancelled", "expired")', None),
    (REDEEM, REDEEM.replace('"used"', '"stuck"') + REDEEM, "the state stuck is a dead end"),
    (REDEEM, REDEEM + REDEEM, "the merchant has the move redeem twice from ready"),
    (REDEEM, REDEEM.replace("FULFILLED)", "BREACHED)"), "redeem reports a breach"),
    (REDEEM, REDEEM.replace("MERCHANT", "CLOCK"), "the clock's move redeem has no timer in ready"),
    (REDEEM, REDEEM.replace("FULFILLED)", "FULFILLED, needs=(Need.COMMITMENT,))"), "redeem needs a commitment"),
    (REDEEM, REDEEM.replace("FULFILLED)", "FULFILLED, needs=(Need.DOCUMENTS,))"), "redeem needs documents"),
    (
        "report=Outcome.REVERSED, ",
        "report=Outcome.REVERSED, releases_quota=True, ",
        "reverse releases quota although ready is not final",
    ),
    ('"used", "ready"', '("used", "cancelled"), "ready"', "reverse brings back what has no place in the quota"),
    ('"expire"),)', '"vanish"),)', "the timer expiry names vanish, no move of the clock from ready"),
    ('Timer("expiry", "ready"', 'Timer("expiry", "used"', "the timer expiry names expire, no move of the clock"),
    ("After.VALID_TO", "After.DUE_AT", "the timer expiry waits for due_at, which no move sets"),
    ("LIFE = Life(", "TABLE = Life(", "life.py has no Life called LIFE"),
    ("LIFE = Life(", "LIFE = Lives(", "life.py can't be loaded: NameError"),
    ("LIFE = Life(", "LIFE = = Life(", "life.py is not Python"),
]


@pytest.mark.parametrize(("old", "new", "reason"), LIFE, ids=[f"{case[2]}-{at}" for at, case in enumerate(LIFE)])
def test_a_faulty_life(tmp_path, old, new, reason):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    _spoil(folder, "life.py", old, new)
    if reason is None:  # these leave a sound table: the check is no stricter than it says
        assert load(tmp_path, entry_points=False)
    else:
        assert any(reason in error for error in _errors(tmp_path))


@pytest.mark.parametrize(
    ("span", "name"), [("working_days(5)", "time_to_object"), ("days(30)", "open")]
)
def test_a_span_that_counts_by_no_term(tmp_path, span, name):
    folder = scaffold(tmp_path, "try_it", Kind.ORDER, "样子")
    _spoil(folder, "life.py", span, f'{span.partition("(")[0]}("min_grade")')
    assert f"try_it: {name} counts by the term min_grade, which is no integer of terms.py" in _errors(tmp_path)


# A breach that nobody was told of, or that the merchant makes alone, must never load.
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("needs=(Need.TOLD,)", "needs=()"),
        ("by=Role.CLOCK, report=Outcome.BREACHED", "by=Role.MERCHANT, report=Outcome.BREACHED"),
    ],
)
def test_an_unfair_breach(tmp_path, old, new):
    folder = scaffold(tmp_path, "try_it", Kind.ORDER, "样子")
    _spoil(folder, "life.py", old, new)
    assert "try_it: breach reports a breach: never the merchant's move, never untold" in _errors(tmp_path)


RULES = [
    ("credit.grade", "citizen.blood_type", "reads citizen.blood_type, which is not on the whitelist"),
    ("credit.grade", "credit.restricted", "reads credit.restricted, which is not on the whitelist"),
    (RULE, RULE.replace("grade_too_low", "bad_luck"), "the reason bad_luck has no words"),
    ("AtLeast", "AtMost", "asks credit.grade by AtMost"),
    (RULE, RULE.replace('terms["min_grade"]', "3"), "asks credit.grade by AtLeast (3,)"),
    (RULE, RULE.replace("credit.grade", "volunteer.stars"), "asks volunteer.stars by AtLeast ('A',)"),
    (RULE, RULE.replace("min_grade", "least"), "rules.py fails on these terms: KeyError"),
    (RULE, "", "rules give no conditions"),
    # put together at run time, so that only the examples bring it to light
    ('"credit.grade"', '"citizen." + "blood_type"', "EXAMPLES[0]: rules.py reads citizen.blood_type"),
    ('"grade_too_low"', '"bad_" + "luck"', "EXAMPLES[0]: the reason bad_luck has no words"),
    (f"return [{RULE}]", f'return {{"op": {RULE}}}', "rules give no conditions"),
    (
        f"return [{RULE}]",
        f'if terms["min_grade"] == "D":\n        return [AtLeast("citizen.height", 1, "tall")]\n    return [{RULE}]',
        "reads citizen.height, which is not on the whitelist",
    ),
    (
        f"return [{RULE}]",
        f'if terms["min_grade"] == "D":\n        return [AtLeast("citizen.age", 18, "young")]\n    return [{RULE}]',
        "the reason young has no words",
    ),
    ("def conditions", "def condition", "rules.py has no function conditions"),
    ("from typing import Any", "from typing import Any\nimport os", "rules.py imports os"),
    ("from typing import Any", "from typing import Any\nimport os.path", "rules.py imports os.path"),
    ("from typing import Any", "from typing import Any\nimport random", "rules.py imports random"),
    ("from typing import Any", "from typing import Any\nimport requests", "rules.py imports requests"),
    ("from typing import Any", "from typing import Any\nfrom app.kernel import db", "rules.py imports app.kernel"),
    ("from typing import Any", "from typing import Any\nfrom app.scenario import registry", "imports app.scenario"),
    ("from typing import Any", "from typing import Any\nfrom scenarios.rental import life", "imports scenarios.rental"),
    ("from typing import Any", "from typing import Any\nfrom .terms import Terms", "rules.py imports .terms"),
    (RULE, f'{RULE} if open("x") else {RULE}', "rules.py uses open"),
    (RULE, f'{RULE} if __import__("os") else {RULE}', "rules.py uses __import__"),
    (RULE, f"{RULE} if terms.__class__ else {RULE}", "rules.py uses __class__"),
]


@pytest.mark.parametrize(("old", "new", "reason"), RULES, ids=[f"{case[2]}-{at}" for at, case in enumerate(RULES)])
def test_faulty_rules(tmp_path, old, new, reason):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    _spoil(folder, "rules.py", old, new)
    assert any(reason in error for error in _errors(tmp_path))


def test_rules_that_answer_differently_each_time(tmp_path):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    _spoil(folder, "rules.py", "def conditions", "seen = []\n\n\ndef conditions")
    other = 'seen.append(1)\n    terms = {"min_grade": "AB"[len(seen) % 2]}\n    return ['
    _spoil(folder, "rules.py", "return [", other)
    assert any("answers the same terms differently" in error for error in _errors(tmp_path))


# Fails where the imports are read only after the plugin ran: what it does then is done.
def test_a_trespassing_plugin_is_never_run(tmp_path):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    trace = tmp_path / "trace"
    _spoil(folder, "rules.py", "from typing import Any", f"from typing import Any\nopen({str(trace)!r}, 'w')")
    assert any("rules.py uses open" in error for error in _errors(tmp_path))
    assert not trace.exists()


TERMS = [
    ('"label": "最低信用等级",', "", "terms.py: min_grade has no label"),
    ('"choices_from": "grades",', "", "terms.py: min_grade has no bounds"),
    ('"choices_from": "grades",', '"choices_from": "stars",', "takes its choices from stars, which is not there"),
    (GRADE_FIELD, "min_grade = fields.Float(", "min_grade is a Float; a form has"),
    (GRADE_FIELD, "min_grade = fields.List(fields.String(), ", "min_grade has no bounds"),
    (
        GRADE_FIELD,
        'count = fields.Integer(strict=True, metadata={"label": "数"})\n    ' + GRADE_FIELD,
        "count has no bounds",
    ),
    (
        GRADE_FIELD,
        'count = fields.Integer(validate=validate.Range(1, 2), metadata={"label": "数"})\n    ' + GRADE_FIELD,
        "count takes texts and fractions for numbers",
    ),
    ('EXAMPLES = ({"min_grade": "A"},)', "EXAMPLES = ()", "terms.py has no EXAMPLES"),
    ('EXAMPLES = ({"min_grade": "A"},)', 'EXAMPLES = ({"min_grade": "A", "x": 1},)', "EXAMPLES[0]: x: Unknown field"),
    ("class Terms(", "class Conditions(", "terms.py has no marshmallow schema called Terms"),
    (
        '    """The terms; common',
        '    class Meta:\n        unknown = "exclude"\n    """The terms; common',
        "terms.py lets unknown fields pass",
    ),
]


@pytest.mark.parametrize(("old", "new", "reason"), TERMS, ids=[case[2] for case in TERMS])
def test_faulty_terms(tmp_path, old, new, reason):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    _spoil(folder, "terms.py", "Schema, fields", "Schema, fields, validate")
    _spoil(folder, "terms.py", old, new)
    assert any(reason in error for error in _errors(tmp_path))


# Identity is the core's: a form that asks for it would keep it in clear and unasked.
@pytest.mark.parametrize("field", ["id_number", "phone", "real_name"])
def test_a_form_that_asks_who_one_is(tmp_path, field):
    folder = scaffold(tmp_path, "try_it", Kind.APPLICATION, "样子")
    _spoil(folder, "form.py", "note = fields", f"{field} = fields")
    assert f"try_it: form.py asks for {field}: identity is the core's, and sealed" in _errors(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"label": "备注", ', "", "form.py: note has no label"),
        ("validate=validate.Length(0, 200),", "", "form.py: note has no bounds"),
        ('"label": "备注"', '"label": "备注", "choices_from": "terms.min_grade"', "from terms.min_grade, which is not"),
    ],
)
def test_a_faulty_form(tmp_path, old, new, reason):
    folder = scaffold(tmp_path, "try_it", Kind.APPLICATION, "样子")
    _spoil(folder, "form.py", old, new)
    assert any(reason in error for error in _errors(tmp_path))


def test_a_form_without_its_schema(tmp_path):
    folder = scaffold(tmp_path, "try_it", Kind.APPLICATION, "样子")
    _spoil(folder, "form.py", "class Form", "class Blank")
    assert "try_it: form.py has no marshmallow schema called Form" in _errors(tmp_path)


# Fails where a commitment's text can change under the people who signed it.
def test_a_commitment_that_was_changed(tmp_path):
    folder = scaffold(tmp_path, "try_it", Kind.APPLICATION, "样子")
    _spoil(folder, "commitment-1.txt", "真实", "真实、真实")
    assert any("commitment-1.txt has the digest" in error for error in _errors(tmp_path))


@pytest.mark.parametrize("place", ["../commitment-1.txt", "sub/commitment.txt", ".hidden"])
def test_a_commitment_from_elsewhere(tmp_path, place):
    folder = scaffold(tmp_path, "try_it", Kind.APPLICATION, "样子")
    _spoil(folder, "scenario.toml", "commitment-1.txt", place)
    assert any("commitments.0.file" in error for error in _errors(tmp_path))


@pytest.mark.parametrize("file", ["terms.py", "rules.py", "life.py", "README.md"])
def test_a_missing_file(tmp_path, file):
    folder = scaffold(tmp_path, "try_it", Kind.VOUCHER, "样子")
    (folder / file).unlink()
    assert f"try_it: {file} is missing" in _errors(tmp_path)


# Fails where the first fault hides the others, of the same scenario or of the next.
def test_all_reasons_come_at_once(tmp_path):
    one = scaffold(tmp_path, "one", Kind.VOUCHER, "样子")
    _spoil(one, "rules.py", RULE, RULE.replace("credit.grade", "citizen.blood_type").replace("grade_too_low", "bad"))
    _spoil(one, "life.py", REDEEM, REDEEM.replace('"used"', '"stuck"') + REDEEM)
    _spoil(one, "terms.py", '"label": "最低信用等级",', "")
    two = scaffold(tmp_path, "two", Kind.ORDER, "样子")
    _spoil(two, "scenario.toml", 'version = "0.1.0"\n', "")
    _spoil(two, "scenario.toml", "legal_ground = ", "ground = ")
    _spoil(two, "rules.py", "from typing", "import socket\nfrom typing")
    errors = _errors(tmp_path)
    for reason in (
        "one: rules.py reads citizen.blood_type",
        "one: the reason bad has no words",
        "one: life.py names the state stuck, which scenario.toml does not declare",
        "one: the state stuck is a dead end",
        "one: terms.py: min_grade has no label",
        "two: scenario.toml: version: Missing data",
        "two: scenario.toml: legal_ground: Missing data",
        "two: rules.py imports socket",
    ):
        assert any(error.startswith(reason) for error in errors), (reason, errors)
