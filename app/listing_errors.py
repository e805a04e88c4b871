"""`python -m app.listing_errors` prints the reference page of the error codes (docs/reference/errors.md)."""

from collections.abc import Iterator

from app import factory
from app.gateways.platform.push import REFUSALS
from app.kernel.errors import HTTP_WORDS, Refusal
from app.merchant_api.errors import BY_STATUS

LOADED = (factory,)  # with it, every package's refusals are known
HEAD = """# Error codes

Made by `python -m app.listing_errors > docs/reference/errors.md`; a test fails where it isn't up to date.

Citizens and staff get RFC 9457 problem bodies; `code` is stable, `detail` is for people. The contract
(`/openapi.json`) names the codes of each operation.

| code | HTTP | package | detail | English | next |
| --- | --- | --- | --- | --- | --- |
"""
MERCHANTS = """
## Merchants

Under `/v3/` the same refusals are told in WeChat Pay's form, by their status; all else is `SYSTEM_ERROR` 500.

| HTTP of the refusal | HTTP | code |
| --- | --- | --- |
"""
PLATFORM = """
## The platform's pushes

`POST /platform/v1/events` is answered in the platform's form, signed.

| code | HTTP | message |
| --- | --- | --- |
"""


def refusals() -> list[type[Refusal]]:
    """Every refusal of the application's, by code and package."""
    ours = [kind for kind in _below(Refusal) if kind.__module__.startswith("app.")]
    return sorted(set(ours), key=lambda kind: (kind.code, kind.__module__, kind.__name__))


def page() -> str:
    return "".join([
        HEAD, *map(_row, refusals()), *_general(),
        MERCHANTS, *(f"| {old} | {status} | `{code}` |\n" for old, (status, code) in BY_STATUS.items()),
        PLATFORM, *(f"| `{code}` | {status} | {words} |\n" for code, (status, words) in sorted(REFUSALS.items()))])


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


def _row(kind: type[Refusal]) -> str:
    package = kind.__module__.split(".")[1]
    return f"| `{kind.code}` | {kind.status} | {package} | {kind.detail} | {kind.detail_en} | {kind.next or ''} |\n"


def _general() -> Iterator[str]:
    """What HTTP itself refuses, where no class has that code."""
    known = {kind.code for kind in refusals()}
    for status, (code, zh, en) in HTTP_WORDS.items():
        if code not in known:
            yield f"| `{code}` | {status} | kernel | {zh} | {en} |  |\n"


if __name__ == "__main__":
    print(page(), end="")
