"""Tables: columns, filters, whitelisted sorting, pages by keyset, and a CSV that no spreadsheet takes for formulas."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, tuple_

from app.kernel import clock
from app.kernel.db import session
from app.kernel.errors import Invalid
from app.kernel.http import cursor_of, opened

LONGEST_FILTER, MOST_EXPORTED, EXPORT_PAGE = 100, 10_000, 500
FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠｜％\t\r]")


@dataclass(frozen=True)
class Column:
    """`cell` makes text, a number, a time or Markup of a row. `sort` names a NOT NULL column of the query."""

    label: str
    cell: Callable[[Any], Any]
    sort: str | None = None
    number: bool = False
    phone: bool = True  # shown on a phone, too
    export: bool = True


@dataclass(frozen=True)
class Filter:
    """`where(c, value)` narrows the query, `c` being its columns by name; choices are {value: words}."""

    name: str
    label: str
    where: Callable[[Any, Any], ColumnElement[bool]] | None = None
    choices: Mapping[str, str] | None = None
    day: bool = False


@dataclass(frozen=True)
class Export:
    """A CSV named so; one of `purposes` has to be chosen, where there are any. Each is written to the trail.

    `looks(rows, purpose)`: tells the people in it that they were looked at, in the transaction that writes it down.
    """

    name: str
    purposes: tuple[str, ...] = ()
    looks: Callable[[list[Any], str], None] | None = None


@dataclass(frozen=True)
class Ask:
    """What is asked of a source. `values` are the filters that are set; `page` is as `PageArgs` loads it."""

    values: dict[str, Any]
    filters: tuple[Filter, ...]
    sort: str
    descending: bool
    page: dict[str, Any]


Source = Callable[[Ask], tuple[list[Any], str | None]]


@dataclass(frozen=True)
class Table:
    """`source` is `of_query(select)`, or any function from Ask to (rows, next cursor)."""

    id: str
    columns: tuple[Column, ...]
    source: Source
    filters: tuple[Filter, ...] = ()
    sort: str = "-created_at"
    per_page: int = 20
    caption: str = ""
    empty: str = "还没有记录。"
    export: Export | None = None

    def shown(self, args: Mapping[str, str]) -> "Shown":
        """The page that these query arguments ask for. Raises Invalid for values that no page of ours sends."""
        ask = self._asked(args, self.per_page)
        rows, following = self.source(ask)
        return Shown(self, ask, rows, following)

    def csv(self, args: Mapping[str, str]) -> tuple[bytes, int]:
        """All rows under the filters, up to MOST_EXPORTED, as `file` writes them; and how many."""
        rows = list(self.every(args))
        return self.file(rows), len(rows)

    def file(self, rows: list[Any], mark: str = "") -> bytes:
        """These rows as UTF-8 with a BOM; `mark` stands on every one, so that no slice of the file is without it."""
        out, columns = io.StringIO(newline=""), [column for column in self.columns if column.export]
        writer = csv.writer(out, lineterminator="\r\n")
        marked = [safe(mark)] if mark else []
        writer.writerow([column.label for column in columns] + (["水印"] if mark else []))
        for row in rows:
            writer.writerow([safe(plain(column.cell(row))) for column in columns] + marked)
        return b"\xef\xbb\xbf" + out.getvalue().encode()

    def asked(self, args: Mapping[str, str]) -> Ask:
        """What these arguments ask for, as `shown` reads them. Raises Invalid."""
        return self._asked(args, self.per_page)

    def every(self, args: Mapping[str, str], most: int = MOST_EXPORTED) -> Iterator[Any]:
        """All rows under the filters, up to `most`."""
        ask, left = self._asked({name: value for name, value in args.items() if name != "cursor"}, EXPORT_PAGE), most
        while True:
            rows, following = self.source(ask)
            yield from rows[:left]
            left -= len(rows)
            if following is None or left <= 0:
                return
            ask = Ask(ask.values, ask.filters, ask.sort, ask.descending, {**ask.page, "cursor": following})

    def _asked(self, args: Mapping[str, str], limit: int) -> Ask:
        sort = args.get("sort") or self.sort
        allowed = {column.sort for column in self.columns} | {self.sort.lstrip("-")}
        if sort.removeprefix("-") not in allowed:
            raise Invalid(errors={"query": {"sort": ["请从给出的选项中选择。"]}})
        values = {one.name: _value(one, args[one.name].strip()) for one in self.filters
                  if args.get(one.name, "").strip()}
        page = {"limit": limit, **({"cursor": args["cursor"]} if args.get("cursor") else {})}
        return Ask(values, self.filters, sort.removeprefix("-"), sort.startswith("-"), page)


@dataclass(frozen=True)
class Shown:
    """A page of a table, for its template."""

    table: Table
    ask: Ask
    rows: list[Any] = field(repr=False)
    next_cursor: str | None

    @property
    def filtered(self) -> bool:
        return bool(self.ask.values)

    def text(self, name: str) -> str:
        """A filter's value as its input has it."""
        value = self.ask.values.get(name, "")
        return value.isoformat() if isinstance(value, date) else str(value)

    def first(self) -> str:
        return self._address(self._sort)

    def next(self) -> str:
        return self._address(self._sort, cursor=self.next_cursor or "")

    def sorted_by(self, column: Column) -> str:
        """The address that sorts by this column, or turns the order round."""
        turned = column.sort == self.ask.sort and self.ask.descending
        return self._address(("" if turned else "-") + (column.sort or ""))

    def order(self, column: Column) -> str:
        """aria-sort of this column."""
        if column.sort is None or column.sort != self.ask.sort:
            return "none"
        return "descending" if self.ask.descending else "ascending"

    @property
    def _sort(self) -> str:
        return ("-" if self.ask.descending else "") + self.ask.sort

    def _address(self, sort: str, **more: str) -> str:
        told = {**{name: self.text(name) for name in self.ask.values}, "sort": sort, **more}
        return "?" + urlencode(told)


def of_query(query: Select[Any], key: str = "id") -> Source:
    """A source of a SELECT: sorted by one of its columns and then by `key`, which is unique, in pages by keyset."""
    columns = query.selected_columns

    def source(ask: Ask) -> tuple[list[Any], str | None]:
        narrowed = query
        for one in ask.filters:
            if one.name in ask.values and one.where is not None:
                narrowed = narrowed.where(one.where(columns, ask.values[one.name]))
        keys = tuple(columns[name] for name in dict.fromkeys((ask.sort, key)))
        if ask.page.get("cursor"):
            place, after = tuple_(*keys), opened(ask.page["cursor"], keys)
            narrowed = narrowed.where(place < after if ask.descending else place > after)
        order = [each.desc() if ask.descending else each.asc() for each in keys]
        limit = ask.page["limit"]
        found = session().execute(narrowed.order_by(*order).limit(limit + 1)).all()
        rows = [row[0] if len(row) == 1 else row for row in found]
        if len(rows) <= limit:
            return rows, None
        return rows[:limit], cursor_of([getattr(rows[limit - 1], name) for name in dict.fromkeys((ask.sort, key))])

    return source


def holds(name: str) -> Callable[[Any, Any], ColumnElement[bool]]:
    """A filter's `where`: the column holds the text, wildcards meaning themselves."""
    return lambda c, value: c[name].icontains(value, autoescape=True)


def equals(name: str) -> Callable[[Any, Any], ColumnElement[bool]]:
    return lambda c, value: c[name] == value


def since(name: str) -> Callable[[Any, Any], ColumnElement[bool]]:
    """From the beginning of a Shanghai day."""
    return lambda c, value: c[name] >= clock.day_start(value)


def until(name: str) -> Callable[[Any, Any], ColumnElement[bool]]:
    """To the end of a Shanghai day."""
    return lambda c, value: c[name] < clock.day_end(value)


def plain(value: Any) -> Any:
    """A cell as text or number."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, Markup):
        return value.striptags()
    return value if isinstance(value, int | float) else str(value)


def safe(value: Any) -> Any:
    """No text that a spreadsheet would run: an apostrophe before it makes it text."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def _value(one: Filter, given: str) -> Any:
    wrong = Invalid(errors={"query": {one.name: ["内容不对，请核对。"]}})
    if len(given) > LONGEST_FILTER or "\x00" in given or (one.choices is not None and given not in one.choices):
        raise wrong
    if not one.day:
        return given
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise wrong
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise wrong from None
