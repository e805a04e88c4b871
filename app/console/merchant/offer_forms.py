"""The form of an offer: what all offers have, and the terms of its scenario, made from the scenario's own schema."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from marshmallow import ValidationError, fields, validate

from app.console.fields import Lines, Yuan, yuan_of
from app.kernel import clock
from app.kernel.fields import Whole, ascii_id, text
from app.kernel.http import Strict

Field = fields.Field[Any]
TERM = "terms_"
MOST = 10**9


def number(label: str, hint: str = "", low: int = 1, high: int = MOST, **more: Any) -> Whole:
    return Whole(validate=validate.Range(low, high), metadata={"label": label, "hint": hint}, **more)


class Common(Strict):
    """What every offer has, before and after its terms."""

    title = text(1, 60, required=True, metadata={"label": "名称"})
    summary = text(1, 500, required=True, metadata={"label": "说明", "widget": "textarea",
                                                    "hint": "市民看到的介绍：优惠是什么、怎么用。"})
    region = ascii_id("[0-9]{6}", required=True, metadata={
        "label": "适用地区代码", "hint": "六位行政区划代码，全省为 360000。", "inputmode": "numeric"})
    opens_on = fields.Date(required=True, metadata={"label": "开始日期"})
    closes_on = fields.Date(required=True, metadata={"label": "结束日期", "hint": "含当日。"})
    valid_days = number("领取后有效天数", high=3660, required=True)
    value_fen = Yuan(required=True, metadata={
        "label": "每次减免上限（元）", "inputmode": "decimal", "hint": "订单类为免押上限；不涉及金额的填 0。"})
    reversal_days = number("可撤销核销的天数（选填）", "不填则按场景的规定。", low=0, high=366)
    quota_total = number("总名额（选填）", "不填为不限。")
    quota_per_day = number("每日名额（选填）", "不填为不限。")
    quota_per_person = number("每人次数（选填）", "不填为不限。")
    quota_per_period = number("每人每周期次数（选填）", "不填为不限。")
    period_kind = fields.String(load_default="month", metadata={"label": "周期"}, validate=validate.OneOf(
        ["week", "month", "year"], labels=["周", "月", "年"]))


QUOTAS = ("reversal_days", "quota_total", "quota_per_day", "quota_per_person", "quota_per_period")
SAME = ("title", "summary", "region", "valid_days", "value_fen", "period_kind")
BACK = {"opens_at": "opens_on", "closes_at": "closes_on"}


def schema_of(described: Sequence[Mapping[str, Any]], stores: Sequence[Any]) -> Strict:
    """The form; `described` is `Scenario.terms_form`, `stores` are those to choose from."""
    terms = {TERM + each["name"]: _term(each) for each in described}
    more: dict[str, Any] = {}
    if stores:
        more["store_codes"] = fields.List(fields.String(validate=validate.OneOf(
            [store.code for store in stores], labels=[f"{store.code} {store.name}" for store in stores])),
            load_default=list, metadata={"label": "适用门店（不选为全部门店）"})
    kind: type[Strict] = type("OfferForm", (Common,), {**more, **terms})
    made = kind()
    order = ["title", "summary", *terms, "region", *more]
    made.fields = {**{name: made.fields[name] for name in order}, **made.fields}
    return made


def told_of(loaded: Mapping[str, Any]) -> dict[str, Any]:
    """What `app.benefits.reviewing.draft` takes, of what the form loaded."""
    return {**{name: loaded[name] for name in SAME}, **{name: loaded.get(name) for name in QUOTAS},
            "store_codes": loaded.get("store_codes", []),
            "opens_at": clock.rfc3339(clock.day_start(loaded["opens_on"])),
            "closes_at": clock.rfc3339(clock.day_end(loaded["closes_on"])),
            "terms": {name.removeprefix(TERM): value for name, value in loaded.items() if name.startswith(TERM)}}


def renamed(wrong: ValidationError, schema: Strict) -> ValidationError:
    """The verb's messages under the form's names."""
    told = wrong.normalized_messages()
    return ValidationError({next((name for name in (each, BACK.get(each, ""), TERM + each) if name in schema.fields),
                                 each): words for each, words in told.items()})


def blank(described: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the form of a new offer begins with: the terms' own defaults, a year from today."""
    today = clock.today()
    terms = {TERM + each["name"]: _shown(each, each["default"]) for each in described if each["default"] is not None}
    return {"region": "360000", "opens_on": today.isoformat(), "valid_days": 30,
            "closes_on": (today + timedelta(days=364)).isoformat(), "period_kind": "month", **terms}


def values_of(offer: Any, described: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the form of this draft begins with."""
    terms = {TERM + each["name"]: _shown(each, offer.terms[each["name"]]) for each in described
             if offer.terms.get(each["name"]) is not None}
    plain = {name: getattr(offer, name) for name in (*SAME, *QUOTAS) if getattr(offer, name) is not None}
    last = clock.shanghai_day(offer.closes_at - timedelta(microseconds=1))
    return {**plain, **terms, "value_fen": yuan_of(offer.value_fen), "store_codes": offer.store_codes,
            "opens_on": clock.shanghai_day(offer.opens_at).isoformat(), "closes_on": last.isoformat()}


def _term(each: Mapping[str, Any]) -> Field:
    fen = each["unit"] == "分"
    unit = "元" if fen else each["unit"]
    told = {"label": each["label"] + (f"（{unit}）" if unit else "") + ("" if each["required"] else "（选填）"),
            "hint": each["help"] or ""}
    choices = None if each["choices"] is None else validate.OneOf(
        [choice["value"] for choice in each["choices"]], labels=[choice["label"] for choice in each["choices"]])
    more: dict[str, Any] = {"required": each["required"], "metadata": told}
    if each["type"] == "boolean":
        return fields.Boolean(metadata={**told, "label": each["label"]})
    if each["type"] == "list":
        if choices:
            return fields.List(fields.String(validate=choices), **more)
        hint = f"{told['hint']} 每行一项。".strip()
        return Lines(**{**more, "metadata": {**told, "widget": "textarea", "hint": hint}})
    if each["type"] == "integer":
        return Yuan(**more) if fen else Whole(validate=validate.Range(each["min"], each["max"]), **more)
    return fields.String(validate=choices or validate.Length(each["min"], each["max"] or 500), **more)


def _shown(each: Mapping[str, Any], value: Any) -> Any:
    if each["unit"] == "分":
        return yuan_of(value)
    if each["type"] == "list" and each["choices"] is None:
        return "\n".join(value)
    return value
