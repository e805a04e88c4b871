"""What a kind of spreadsheet has to say of itself, so that it can be imported (importing.py): its columns, what is
wrong with a row, what rows would change, writing them, taking them back. All of it works on many rows at a time.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.staff.scoping import Scope

Cells = Mapping[str, str]  # by column key, as in the sheet, without the blanks around; "" where there is nothing
Words = Mapping[str, str]  # by column key ("" for the row as a whole): what is wrong and what to do, in Chinese
Outcome = Literal["new", "changed", "same", "wrong"]


@dataclass(frozen=True)
class Column:
    """`label` heads the column in the template; a sheet's own head may be that or one of `aliases`."""

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    hint: str = ""
    example: str = ""


@dataclass(frozen=True)
class Row:
    """A row that `read` has let through; `number` is the sheet's own, `value` what `read` made of it."""

    number: int
    cells: Cells = field(repr=False)
    value: Any = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """What would become of a row. `words` for wrong ones: no identity data."""

    number: int
    outcome: Outcome
    words: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """What became of a row. `subject` is what was made or changed, `before` what undoing needs to know: bytes that are
    kept sealed with the import; both None where nothing was written (same, wrong).
    """

    number: int
    outcome: Outcome
    subject: uuid.UUID | None = None
    before: bytes | None = field(default=None, repr=False)
    words: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """`read` knows no database: the value of a row, or what is wrong with it (then the value is None); cells that are
    empty have taken what `defaults` says for the uploader's scope. Rows of one file with the same `key(value)` are one
    matter: the second is wrong.

    `preview`, `write` and `undo` have the scope of who uploaded the file. `write` and `undo` are called `within` it, in
    the transaction that also keeps how far the import is: whatever happens to the process, a row is written once.
    `preview` is called outside of one. `preview` and `write` get the rows that are right and answer for each; what was
    right in the preview may be wrong when it is written. `undo` gets the effects of new and changed rows, with the
    moment at which they were written, and takes back what nobody has touched since; it says why the others stay.
    """

    name: str  # volunteers, hours: kept with the import
    title: str  # 志愿者
    role: str  # who may import it
    columns: tuple[Column, ...]
    read: Callable[[Cells], tuple[Any, Words]]
    key: Callable[[Any], str | bytes]
    preview: Callable[[Scope, Sequence[Row]], list[Seen]]
    write: Callable[[Scope, Sequence[Row], datetime], list[Effect]]
    undo: Callable[[Scope, Sequence[Effect], datetime], dict[int, str]]
    defaults: Callable[[Scope], Cells] = lambda scope: {}

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)
