"""What is wrong with a field reaches people in Chinese, and in English where they ask for it.

Fails, as tried, with a line taken from `messages.CHINESE`, with an own message that `messages.ENGLISH` lacks, and
with the translation left out of `app/kernel/errors.py`.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema, ValidationError, fields

from app.kernel import messages
from app.kernel.http import Strict
from app.listing_errors import LOADED
from app.scenario.registry import load
from tests.architecture.reading import trees

CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[a-z]{3,}")
WRONG: list[Any] = [None, "", " ", "x" * 6000, "×", "\n", 0, -1, 10**17, 1.5, float(10**40), True, [], [None], ["", ""],
                    {}, {"x": 1}, {"": None}, "2026-02-30", "2026-11-23T25:00:00", "2026-11-23T09:30:00", 40 * ["x"]]


def schemas() -> list[type[Schema]]:
    """Every schema that reads from outside: the doors', the scenarios' terms and forms."""
    assert LOADED
    doors = [kind for kind in _below(Strict) if kind.__module__.startswith("app.")]
    plugins = [part for scenario in load().values() for part in (scenario.terms_schema, scenario.form_schema) if part]
    return sorted({*doors, *plugins}, key=lambda kind: (kind.__module__, kind.__name__))


def _below(kind: type[Schema]) -> Iterator[type[Schema]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


def said(schema: Schema, body: Any) -> Iterator[str]:
    """Every message for this body."""
    try:
        schema.load(body)
    except ValidationError as wrong:
        yield from _leaves(wrong.normalized_messages())


def _leaves(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for inner in told.values():
            yield from _leaves(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from _leaves(inner)
    else:
        yield str(told)


@pytest.mark.parametrize("kind", schemas(), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_english_message_reaches_a_chinese_reader(kind: type[Schema]) -> None:
    schema = kind()
    bodies = [None, [], {}, {"unheard_of": 1}]
    bodies += [{each.data_key or name: value} for name, each in schema.fields.items() for value in WRONG]
    heard = {message for body in bodies for message in said(schema, body)}
    assert heard
    for message in heard:
        words = messages.told({"field": [message]}, english=False)["field"][0]
        assert CHINESE.search(words), (message, words)


def test_marshmallows_own_messages_are_known() -> None:
    """Those of every kind of field that a schema has, met above or not."""
    kinds = {type(each) for kind in schemas() for each in _fields(kind())}
    assert len(kinds) > 8
    for kind in kinds:
        own = [vars(parent).get("default_error_messages", {}) for parent in kind.__mro__]
        for made in {each for told in own for each in told.values()}:
            message = made.format(obj_type="datetime", awareness="aware", input="x", choices="a, b")
            words = messages.told([message], english=False)[0]
            assert CHINESE.search(words), (kind.__name__, message)


def _fields(schema: Schema) -> Iterator[fields.Field[Any]]:
    for each in schema.fields.values():
        yield each
        if isinstance(each, fields.List):
            yield each.inner
        if isinstance(each, fields.Nested):
            yield from _fields(each.schema)


def test_our_own_messages_have_english_ones() -> None:
    """Every Chinese sentence that goes into a ValidationError, an `error=` or an `errors=` of ours."""
    own = {node.value for tree in trees("app").values() for call in ast.walk(tree) if isinstance(call, ast.Call)
           for node in _told(call)}
    assert len(own) > 10
    assert sorted(own - messages.ENGLISH.keys()) == []
    for chinese, english in messages.ENGLISH.items():
        assert CHINESE.search(chinese)
        assert WORD.search(english.lower()) or "YYYY" in english
        assert not CHINESE.search(english)
        assert messages.told([chinese], english=True) == [english]


def _told(call: ast.Call) -> Iterator[ast.Constant]:
    named = getattr(call.func, "id", getattr(call.func, "attr", ""))
    parts: list[ast.AST] = [given.value for given in call.keywords if given.arg in {"error", "errors"}]
    parts += call.args if named == "ValidationError" else []
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CHINESE.search(node.value):
                yield node


def test_it_is_told_over_http(client: FlaskClient) -> None:
    body = {"js_code": "", "more": 1}
    chinese = client.post("/api/v1/sessions", json=body).json
    assert chinese["errors"] == {"json": {"js_code": ["不是微信给出的凭证。"], "more": ["没有这个字段，请删去。"]}}
    english = client.post("/api/v1/sessions", json=body, headers={"Accept-Language": "en-GB,en;q=0.9"}).json
    assert english["errors"] == {"json": {"js_code": ["WeChat gives no such code."], "more": ["Unknown field."]}}
    assert english["detail"] == "Some fields are wrong; see `errors`."
    assert client.post("/api/v1/sessions", json={}).json["errors"] == {"json": {"js_code": ["必填，请补充。"]}}
    query = client.get("/api/v1/offers?limit=x&region=1&sort=grade").json["errors"]["query"]
    assert query == {"limit": ["须为整数。"], "region": ["格式不对，请核对。"], "sort": ["没有这个字段，请删去。"]}
