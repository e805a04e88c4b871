"""The made-up people that both sides know; kept sealed on disk so that a byte scan of it finds nobody."""

import json
import os
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.clock import Clock, month_of
from sandbox.state import State

FILE = Path(__file__).with_name("people.toml")
GRADES = ("AAA", "AA", "A", "B", "C", "D", "NONE")
KEY = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
ID_NUMBER = re.compile(r"\d{17}[\dX]", re.ASCII)
PHONE = re.compile(r"1\d{10}", re.ASCII)
LIST_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
Person = dict[str, Any]


class BadPerson(Exception):
    """A field of a person that cannot be; the text names the field, in Chinese."""


def check_digit(seventeen: str) -> str:
    """The 18th character of an identity number (ISO 7064 MOD 11-2, GB 11643)."""
    return "10X98765432"[sum(int(c) * w for c, w in zip(seventeen, WEIGHTS, strict=True)) % 11]


def valid_id_number(text: str) -> bool:
    """18 characters, a real day of birth, the check character right."""
    if not ID_NUMBER.fullmatch(text) or check_digit(text[:17]) != text[17]:
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return True


class People:
    """Everybody by key, in memory, with their sealed copy in the state."""

    def __init__(self, state: State, clock: Clock) -> None:
        self.state, self.clock = state, clock
        self._seal = AESGCM(state.key)
        self.by_key: dict[str, Person] = {}
        self.by_number: dict[str, str] = {}
        for row in state.all("select key, sealed from people order by rowid"):
            plain = self._seal.decrypt(row["sealed"][:12], row["sealed"][12:], row["key"].encode())
            self._keep(json.loads(plain))
        for key, fields in _written():
            if key not in self.by_key:
                self.put(key, fields)

    def again(self) -> None:
        """Those of people.toml are as they are written there; who was made besides stays as they are."""
        for key, fields in _written():
            with self.state.transaction():
                self._write({"key": key, **fields})

    def put(self, key: str, fields: Person) -> Person:
        """Make or change a person; BadPerson where a field cannot be, with nothing changed."""
        if not KEY.fullmatch(key):
            raise BadPerson("key：只能用字母、数字、- 和 _，最长 64 个字符")
        with self.state.transaction():
            person = {**(self.by_key.get(key) or self._newcomer(key)), **fields}
            self._write(person)
        return person

    def _write(self, person: Person) -> None:
        check(person)
        key = person["key"]
        if self.by_number.get(person["id_number"], key) != key:
            raise BadPerson("id_number：已被沙箱里的另一个人使用")
        iv = os.urandom(12)
        sealed = iv + self._seal.encrypt(iv, json.dumps(person).encode(), key.encode())
        self.state.run(
            "insert into people values (?, ?) on conflict (key) do update set sealed = excluded.sealed",
            key,
            sealed,
        )
        self._keep(person)

    def _keep(self, person: Person) -> None:
        old = self.by_key.get(person["key"])
        if old:
            self.by_number.pop(old["id_number"], None)
        self.by_key[person["key"]] = person
        self.by_number[person["id_number"]] = person["key"]

    def _newcomer(self, key: str) -> Person:
        """Defaults: a grown-up of Nanchang with grade A and a number that nobody has."""
        n = int(self.state.number("people", width=1))
        seventeen = f"360102{1970 + n % 30}{n // 30 % 12 + 1:02d}{n // 360 % 28 + 1:02d}{n // 10080:03d}"
        return {
            "key": key,
            "name": "沙箱甲",
            "id_number": seventeen + check_digit(seventeen),
            "phone": f"1990001{n % 10000:04d}",
            "grade": "A",
            "red_lists": [],
            "restricted": False,
            "note": "由控制接口新建",
        }

    def find(self, id_number: str) -> Person | None:
        """Whose identity number this is."""
        key = self.by_number.get(id_number)
        return self.by_key[key] if key else None

    def grade_of(self, person: Person) -> dict[str, Any]:
        """What a grade answer says of a person but for its number; the grade holds for this month."""
        first, last = month_of(self.clock.today())
        return {
            "grade": person["grade"],
            "as_of": person.get("as_of", first.isoformat()),
            "valid_until": person.get("valid_until", last.isoformat()),
            "red_lists": self.red_lists_of(person),
            "restricted": person["restricted"],
        }

    def red_lists_of(self, person: Person) -> list[str]:
        """The person's own lists and those on which the League's entries put them today."""
        today = self.clock.today().isoformat()
        rows = self.state.all("select body from red_entries where person = ? and status = 'listed'", person["key"])
        bodies = [json.loads(row["body"]) for row in rows]
        listed = any(body["valid_from"] <= today <= body["valid_to"] for body in bodies)
        return sorted({*person["red_lists"], *(["outstanding_youth_volunteer"] if listed else [])})


def _written() -> Iterable[tuple[str, Person]]:
    return tomllib.loads(FILE.read_text("utf-8")).items()


def check(person: Person) -> None:
    """Refuse a person with a field that is unknown or cannot be."""
    known = {
        "key",
        "name",
        "id_number",
        "phone",
        "grade",
        "red_lists",
        "restricted",
        "note",
        "as_of",
        "valid_until",
    }
    for name in set(person) - known:
        raise BadPerson(f"{name}：没有这个字段")
    name, lists = person["name"], person["red_lists"]
    if not isinstance(name, str) or not 1 <= len(name) <= 40:
        raise BadPerson("name：1 到 40 个字符")
    if not isinstance(person["id_number"], str) or not valid_id_number(person["id_number"]):
        raise BadPerson("id_number：18 位、出生日期真实、校验码正确（末位用大写 X）")
    if not isinstance(person["phone"], str) or not PHONE.fullmatch(person["phone"]):
        raise BadPerson("phone：11 位手机号")
    if person["grade"] not in GRADES:
        raise BadPerson("grade：" + "、".join(GRADES))
    if not isinstance(lists, list) or not all(isinstance(code, str) and LIST_CODE.fullmatch(code) for code in lists):
        raise BadPerson("red_lists：小写代码的数组")
    if not isinstance(person["restricted"], bool):
        raise BadPerson("restricted：true 或 false")
    for day in ("as_of", "valid_until"):
        _check_day(day, person.get(day, "2026-01-01"))


def _check_day(name: str, value: Any) -> None:
    try:
        if date.fromisoformat(value).isoformat() != value:
            raise BadPerson(f"{name}：YYYY-MM-DD")
    except (TypeError, ValueError) as wrong:
        raise BadPerson(f"{name}：YYYY-MM-DD") from wrong
