"""Terms and forms: described for a page, checked on the way back."""

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from app.scenario import forms
from app.scenario.registry import SCENARIOS, load

LOADED = load(SCENARIOS, entry_points=False)
GRADES = {"AAA": "信用极好", "A": "信用良好"}


class Sample(Schema):
    grade = fields.String(required=True, metadata={"label": "等级", "choices_from": "grades"})
    colour = fields.String(
        load_default="red", validate=validate.OneOf(["red", "blue"], labels=["红", "蓝"]), metadata={"label": "颜色"}
    )
    count = fields.Integer(
        strict=True, validate=validate.Range(1, 9), metadata={"label": "数量", "unit": "个", "help": "多少"}
    )
    parts = fields.List(
        fields.String(metadata={"choices_from": "terms.parts"}),
        load_default=list,
        validate=validate.Length(0, 3),
        metadata={"label": "部分"},
    )
    note = fields.String(validate=validate.Length(0, 20), metadata={"label": "备注"})


def _choices(source):
    return list(GRADES.items()) if source == "grades" else [("a", "甲"), ("b", "乙")]


def test_a_form_is_described_field_by_field():
    described = {field["name"]: field for field in forms.describe(Sample, _choices)}
    assert list(described) == ["grade", "colour", "count", "parts", "note"]
    assert described["grade"]["choices"] == [
        {"value": "AAA", "label": "信用极好"}, {"value": "A", "label": "信用良好"},
    ]
    assert described["grade"]["type"] == "choice"
    assert described["grade"]["required"] is True
    assert described["colour"]["default"] == "red"
    assert described["colour"]["choices"][1] == {"value": "blue", "label": "蓝"}
    assert described["count"] == {
        "name": "count", "label": "数量", "type": "integer", "required": False, "min": 1, "max": 9,
        "choices": None, "unit": "个", "help": "多少", "default": None,
    }
    assert described["parts"]["type"] == "list"
    assert described["parts"]["choices"][0] == {"value": "a", "label": "甲"}
    assert (described["note"]["type"], described["note"]["max"]) == ("text", 20)


# Fails where a choice outside the offered ones passes, or an odd character reaches the database.
@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"grade": "B"}, "grade"),
        ({"grade": "A", "colour": "green"}, "colour"),
        ({"grade": "A", "count": "3"}, "count"),
        ({"grade": "A", "count": True}, "count"),
        ({"grade": "A", "count": 10}, "count"),
        ({"grade": "A", "parts": ["a", "c"]}, "parts"),
        ({"grade": "A", "note": "x\x00"}, "note"),
        ({"grade": "A", "note": "\ud800"}, "note"),
        ({"grade": "A", "note": "x" * 21}, "note"),
        ({"grade": "A", "more": 1}, "more"),
        ({}, "grade"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(raw, field):
    with pytest.raises(ValidationError) as caught:
        forms.load(Sample, raw, _choices)
    assert list(caught.value.messages) == [field]


def test_what_fits_is_taken():
    values = forms.load(Sample, {"grade": "A", "parts": ["b"], "note": "多谢\n𠮷"}, _choices)
    assert values == {"grade": "A", "colour": "red", "parts": ["b"], "note": "多谢\n𠮷"}


def test_a_scenario_without_a_form_takes_no_answers():
    assert LOADED["rental"].form_fields({}) == []
    assert LOADED["rental"].load_form({}, {}) == {}
    with pytest.raises(ValidationError):
        LOADED["rental"].load_form({"note": "x"}, {})
