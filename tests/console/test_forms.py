"""Forms: what is wrong stands in Chinese beside its field, what was typed is kept, secrets aren't."""

import io
from typing import Any

import pytest
from marshmallow import fields, validate
from werkzeug.datastructures import FileStorage, MultiDict

from app.console.forms import Form
from app.kernel.errors import Refusal
from app.kernel.fields import File, text
from app.kernel.http import Strict


class Shop(Strict):
    name = text(2, 10, required=True, metadata={"label": "名称"})
    stars = fields.Integer(validate=validate.Range(1, 5), metadata={"label": "星级"})
    kind = fields.String(validate=validate.OneOf(["a", "b"], labels=["甲", "乙"]), metadata={"label": "类型"})
    days = fields.List(fields.String(validate=validate.OneOf(["mo", "tu"])), metadata={"label": "日子"})
    open = fields.Boolean(metadata={"label": "营业"})
    secret = text(1, 20, metadata={"label": "口令", "widget": "password"})
    paper = File(metadata={"label": "材料"})


class No(Refusal):
    code, detail = "TEST_NO", "这次不行，请换一个。"


def never(told: dict[str, Any]) -> None:
    raise AssertionError("what is wrong never reaches the verb")


def test_what_is_sent_is_loaded_and_done() -> None:
    form = Form(Shop())
    sent = MultiDict([("name", "书店"), ("stars", "5"), ("kind", "a"), ("days", "mo"), ("days", "tu"), ("secret", ""),
                      ("csrf_token", "x"), ("open", "true")])
    assert form.submit(sent, dict)
    assert form.result == {"name": "书店", "stars": 5, "kind": "a", "days": ["mo", "tu"], "open": True}
    assert form.status == 200


@pytest.mark.parametrize(("sent", "field", "word"), [
    ([("name", "书")], "name", "长度"), ([], "name", "必填"), ([("name", "书店"), ("stars", "9")], "stars", "1 至 5"),
    ([("name", "书店"), ("stars", "many")], "stars", "整数"), ([("name", "书店"), ("kind", "c")], "kind", "以下之一"),
    ([("name", "书店"), ("name", "二店")], "name", "重复"), ([("name", "书\x00店")], "name", "字符"),
    ([("name", "书店"), ("days", "we")], "days", "以下之一")])
def test_what_is_wrong_stands_beside_its_field(sent: list[tuple[str, str]], field: str, word: str) -> None:
    form = Form(Shop())
    assert not form.submit(MultiDict(sent), never)
    assert form.status == 422
    (wrong,) = [each for each in form.inputs if each.errors]
    assert wrong.name == field
    assert word in " ".join(wrong.errors)


def test_an_unknown_field_is_refused() -> None:
    form = Form(Shop())
    assert not form.submit(MultiDict([("name", "书店"), ("role", "admin")]), never)
    assert "没有这个字段" in form.alert


def test_inputs_are_kept_but_secrets_are_not() -> None:
    form = Form(Shop())
    form.submit(MultiDict([("name", "书"), ("secret", "hush"), ("kind", "b")]), never)
    kept = {each.name: each.value for each in form.inputs}
    assert (kept["name"], kept["kind"], kept["secret"]) == ("书", "b", "")
    assert "hush" not in repr(form.inputs)


def test_a_verb_that_refuses_is_told_above_all() -> None:
    def refuse(told: dict[str, Any]) -> None:
        raise No

    form = Form(Shop())
    assert not form.submit(MultiDict([("name", "书店")]), refuse)
    assert (form.alert, form.status) == (No.detail, 400)


def test_files_go_with_it() -> None:
    form = Form(Shop())
    assert form.has_file
    sent: MultiDict[str, Any] = MultiDict([("name", "书店")])
    sent.add("paper", FileStorage(io.BytesIO(b"x"), "a.pdf"))
    assert form.submit(sent, lambda told: told["paper"].read())
    assert form.result == b"x"
    empty: MultiDict[str, Any] = MultiDict([("name", "书店"), ("paper", FileStorage(io.BytesIO(b""), ""))])
    assert Form(Shop()).submit(empty, dict), "no file chosen is no file sent"
