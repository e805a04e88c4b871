"""Strict JSON: the hostile inputs of promises.md C20, each refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import jsons

HOSTILE = [b"{", b"", b"nan", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}',
           b"[" * 5000 + b"]" * 5000, b'{"a": ' + b"9" * 5000 + b"}", b'"\\ud800"', b'"\\u0000"', b'{"\\u0000": 1}',
           b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a": "\\udc00x"}']


@pytest.mark.parametrize("raw", HOSTILE)
def test_what_others_read_differently_is_refused(raw):
    with pytest.raises(jsons.NotJson):
        jsons.loads(raw)


def test_text_of_any_script_is_kept_as_it_is():
    assert jsons.loads('{"name": "𠮷·䶮"}'.encode()) == {"name": "𠮷·䶮"}


def test_brackets_inside_texts_dont_count_as_depth():
    assert jsons.loads(b'"' + b"[" * 100 + b'"') == "[" * 100


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_named_refusal(raw):
    try:
        jsons.loads(raw)
    except jsons.NotJson:
        return


plain = st.recursive(st.none() | st.booleans() | st.integers(-10**15, 10**15) | st.text(
    alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.text(alphabet="abc", max_size=3), inner, max_size=3), max_leaves=10)


@given(plain)
def test_what_is_written_reads_back(value):
    assert jsons.loads(jsons.dumps(value)) == value
