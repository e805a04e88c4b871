"""Each way of saying no: a code, Chinese words that say what to do, English ones; and a page of them all."""

import re
from collections import defaultdict

import pytest

from app.kernel.errors import HTTP_WORDS, Refusal
from app.listing_errors import page, refusals
from tests.architecture.reading import ROOT

CHINESE = re.compile(r"[\u4e00-\u9fff]")
TO_DO = re.compile(r"请|可|须")
ONE_MEANING = {"PLATFORM_UNAVAILABLE"}  # identity's and credit's own words for the same thing: the platform is away


def named(kind: type[Refusal]) -> str:
    return f"{kind.__module__}.{kind.__name__}"


@pytest.mark.parametrize("kind", refusals(), ids=named)
def test_a_refusal_says_what_to_do(kind: type[Refusal]) -> None:
    """Fails where a code isn't a code, or a sentence leaves the reader alone (tried: 没有这个商户。)."""
    assert re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*", kind.code)
    assert kind.code != Refusal.code, "a code of its own"
    assert 400 <= kind.status < 600
    assert CHINESE.search(kind.detail)
    assert TO_DO.search(kind.detail), kind.detail
    assert re.search(r"。$", kind.detail), kind.detail
    assert re.search(r"\.$", kind.detail_en), kind.detail_en
    assert not CHINESE.search(kind.detail_en)
    assert kind.detail_en != Refusal.detail_en, "English words of its own"


def test_one_code_means_one_thing() -> None:
    """Two classes with one code are kinds of each other, with one status (tried: two codes made equal)."""
    by_code: dict[str, list[type[Refusal]]] = defaultdict(list)
    for kind in refusals():
        by_code[kind.code].append(kind)
    twice = []
    for code, kinds in by_code.items():
        assert len({kind.status for kind in kinds}) == 1, code
        first = next((kind for kind in kinds if all(issubclass(other, kind) for other in kinds)), None)
        if first is None and code not in ONE_MEANING:
            twice.append(code)
    assert twice == []
    for status, (code, _, _) in HTTP_WORDS.items():
        assert {kind.status for kind in by_code.get(code, [])} <= {status}


def test_what_http_refuses_has_words_too() -> None:
    for code, chinese, english in HTTP_WORDS.values():
        assert re.fullmatch(r"[A-Z_]+", code)
        assert CHINESE.search(chinese)
        assert not CHINESE.search(english)


def test_the_page_of_codes_is_up_to_date() -> None:
    """Made by `python -m app.listing_errors > docs/reference/errors.md`."""
    assert (ROOT / "docs/reference/errors.md").read_text("utf-8") == page()
