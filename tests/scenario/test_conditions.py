"""Conditions: reading, evaluating, round trips."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.scenario.conditions import (
    MalformedConditions,
    as_conditions,
    conditions_digest,
    evaluate,
    facts_of,
    from_json,
    to_json,
    whys_of,
)
from app.scenario.contract import AllOf, AnyOf, AtLeast, AtMost, Contains, Equals, OneOf

SCALE = ["AAA", "AA", "A", "B", "C", "D"]
GRADE = AtLeast("credit.grade", "A", why="grade")

names = some.text(min_size=1, max_size=8)
values = some.integers(-100, 100) | some.text(max_size=5) | some.booleans()
leaf = (
    some.builds(AtLeast, names, values, names)
    | some.builds(AtMost, names, values, names)
    | some.builds(Equals, names, values, names)
    | some.builds(Contains, names, values, names)
    | some.builds(OneOf, names, some.lists(values, min_size=1, max_size=3), names)
)
pair = some.lists(leaf, min_size=1, max_size=3)
either = some.builds(lambda parts, why: AnyOf(*parts, why=why), pair, names)
nested = leaf | either | pair.map(lambda parts: AllOf(*parts))
several = some.lists(nested, min_size=1, max_size=5).map(tuple)


# Fails where an operator, a key or a type is lost on the way to JSON and back.
@given(several)
def test_json_and_back_is_the_same(conditions):
    text = json.dumps(to_json(conditions))
    assert from_json(json.loads(text)) == conditions
    assert conditions_digest(from_json(json.loads(text))) == conditions_digest(conditions)


# Fails where AtLeast counts the scale from the wrong end, or an AnyOf turns a better fact into a no.
@given(some.integers(0, 5), some.integers(0, 5), some.integers(0, 5), some.integers(0, 9), some.integers(0, 9))
def test_more_is_never_less(wanted, worse, better, few, more):
    worse, better = max(worse, better), min(worse, better)
    few, more = min(few, more), max(few, more)
    conditions = (
        AnyOf(AtLeast("credit.grade", SCALE[wanted], "g"), AtLeast("volunteer.stars", 3, "s"), why="either"),
        AtLeast("volunteer.hours", 5, "h"),
    )

    def passes(grade, count):
        facts = {"credit.grade": SCALE[grade], "volunteer.stars": count, "volunteer.hours": count}
        return evaluate(conditions, facts, SCALE).eligible

    assert passes(better, more) >= passes(worse, few)


# Fails where evaluating asks the clock, chance or the order of a set.
@given(several, some.dictionaries(names, values | some.none() | some.lists(values)))
def test_the_same_facts_give_the_same_answer(conditions, facts):
    first, second = evaluate(conditions, facts, SCALE), evaluate(conditions, facts, SCALE)
    assert (first.eligible, first.unmet, dict(first.seen)) == (second.eligible, second.unmet, dict(second.seen))
    assert first.eligible is (first.unmet == ())
    assert set(first.seen) == facts_of(conditions)
    assert set(first.unmet) <= whys_of(conditions)


# Fails where NONE, an unknown letter or an unknown threshold passes for a grade.
@pytest.mark.parametrize(
    ("seen", "wanted", "eligible"),
    [
        ("AAA", "A", True), ("A", "A", True), ("B", "A", False), ("NONE", "D", False), ("NONE", "NONE", False),
        ("E", "D", False), ("aaa", "D", False), (None, "D", False), (1, "D", False), ("A", "Z", False),
    ],
)
def test_grades_are_compared_by_the_scale(seen, wanted, eligible):
    conditions = (AtLeast("credit.grade", wanted, "g"),)
    assert evaluate(conditions, {"credit.grade": seen}, [*SCALE, "NONE"]).eligible is eligible


# Fails where NONE or a letter off the scale passes because a condition names it.
@pytest.mark.parametrize(("seen", "eligible"), [("A", True), ("B", False), ("NONE", False), ("E", False)])
def test_a_named_grade_has_to_be_on_the_scale(seen, eligible):
    conditions = (OneOf("credit.grade", ["AAA", "A", "NONE", "E"], "g"),)
    assert evaluate(conditions, {"credit.grade": seen}, [*SCALE, "NONE"]).eligible is eligible


# Fails where a yes counts as one star, or a text as a number.
@pytest.mark.parametrize("seen", [True, "5", 5.0, None, [5]])
def test_only_a_number_is_a_number(seen):
    assert not evaluate((AtLeast("volunteer.stars", 1, "s"),), {"volunteer.stars": seen}, SCALE).eligible
    assert not evaluate((AtMost("usage.count_open", 9, "o"),), {"usage.count_open": seen}, SCALE).eligible


# Fails where 1 is taken for True, or the other way round.
def test_equal_means_of_one_kind():
    outstanding = (Equals("volunteer.outstanding", True, "o"),)
    assert evaluate(outstanding, {"volunteer.outstanding": True}, SCALE).eligible
    assert not evaluate(outstanding, {"volunteer.outstanding": 1}, SCALE).eligible


@pytest.mark.parametrize(
    ("seen", "region", "eligible"),
    [
        ("360102", "360100", True), ("360102", "360000", True), ("360102", "360102", True),
        ("360102", "360103", False), ("360702", "360100", False), ("110101", "360000", False),
        (360102, "360100", False), ("3601", "360100", False),
    ],
)
def test_a_region_lies_within_another(seen, region, eligible):
    for condition in (Equals("citizen.region", region, "r"), OneOf("citizen.region", [region, "999999"], "r")):
        assert evaluate((condition,), {"citizen.region": seen}, SCALE).eligible is eligible


def test_a_list_contains():
    conditions = (Contains("credit.red_lists", "outstanding_youth_volunteer", "l"),)
    lists = ["blood_donor", "outstanding_youth_volunteer"]
    assert evaluate(conditions, {"credit.red_lists": lists}, SCALE).eligible
    assert not evaluate(conditions, {"credit.red_lists": "outstanding_youth_volunteer"}, SCALE).eligible


# Fails where evaluation stops at the first no: the citizen would learn the second only after mending the first.
def test_every_unmet_reason_is_given_once():
    conditions = (
        GRADE,
        AllOf(AtLeast("volunteer.stars", 3, "stars"), AtLeast("volunteer.hours", 10, "hours")),
        AnyOf(AtLeast("volunteer.stars", 5, "inner"), Equals("volunteer.outstanding", True, "inner2"), why="either"),
        AtLeast("credit.grade", "AA", why="grade"),
    )
    answer = evaluate(conditions, {"credit.grade": "D", "volunteer.hours": 10}, SCALE)
    assert answer.unmet == ("grade", "stars", "either")
    assert answer.seen == {
        "credit.grade": "D", "volunteer.hours": 10, "volunteer.outstanding": None, "volunteer.stars": None,
    }


@pytest.mark.parametrize(
    "data",
    [
        None, {}, [], "x", [1], [{}], [{"op": "at_least"}], [{"op": ["at_least"]}],
        [{"op": "at_least", "fact": "f", "value": 1, "why": ""}],
        [{"op": "at_least", "fact": "f", "value": None, "why": "w"}],
        [{"op": "at_least", "fact": "f", "value": 1.5, "why": "w"}],
        [{"op": "at_least", "fact": "f", "value": 1, "why": "w", "more": 1}],
        [{"op": "one_of", "fact": "f", "values": [], "why": "w"}],
        [{"op": "one_of", "fact": "f", "values": "ab", "why": "w"}],
        [{"op": "any_of", "of": [], "why": "w"}],
        [{"op": "any_of", "of": [{"op": "equals", "fact": "f", "value": 1, "why": "w"}]}],
        [{"op": "eval", "fact": "f", "value": 1, "why": "w"}],
    ],
)
def test_json_that_is_none_of_ours_is_refused(data):
    with pytest.raises(MalformedConditions):
        from_json(data)


# Fails where depth or number are not bounded: a page of conditions could be made to run for ever.
def test_depth_and_number_are_bounded():
    deep = to_json((GRADE,))
    for _ in range(5):
        deep = [{"op": "all_of", "of": deep}]
    for data in (deep, to_json((GRADE,)) * 51):
        with pytest.raises(MalformedConditions):
            from_json(data)


@pytest.mark.parametrize("said", [None, [], "grade", [GRADE, "grade"], AllOf(), [AnyOf(why="w")]])
def test_rules_that_give_no_conditions_are_refused(said):
    with pytest.raises(MalformedConditions):
        as_conditions(said)


def test_rules_may_give_one_or_several():
    assert as_conditions(GRADE) == as_conditions([GRADE]) == as_conditions((GRADE,)) == (GRADE,)
