"""An import's chunks as rows of its kind: under its mapping, with what empty cells mean in its scope."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from app.volunteers.imports import papers as import_papers
from app.volunteers.imports.kinds import Effect, Row, Seen
from app.volunteers.imports.models import Import, ImportChunk

TWICE = "与表格第 {} 行重复，请只保留一行。"


class Reading:
    """What every step reads of an import the same way."""

    def __init__(self, job: Import) -> None:
        self.job, self.kind, self.scope = job, import_papers.kind_of(job), import_papers.scope_of(job)
        self.numbers: list[int] = []  # of the chunk that was read last
        self._mapping = list((job.mapping or {}).items())
        self._defaults = dict(self.kind.defaults(self.scope))

    def rows(self, chunk: ImportChunk, first: dict[Any, int]) -> tuple[list[Row], list[Seen]]:
        """The rows that are right by themselves, and what is wrong with the others. `first`: where each matter stood
        first, over all chunks so far.
        """
        right, wrong = [], []
        for number, row, words in self._read(chunk):
            if row is not None:
                stood = first.setdefault(self.kind.key(row.value), number)
                words = {} if stood == number else {"": TWICE.format(stood)}
            if words or row is None:
                wrong.append(Seen(number, "wrong", words))
            else:
                right.append(row)
        return right, wrong

    def seen_right(self, chunk: ImportChunk) -> list[Row]:
        """The rows that the preview didn't find wrong."""
        wrong = {int(number) for number, told in chunk.words.items() if told["outcome"] == "wrong"}
        return [row for number, row, _ in self._read(chunk) if row is not None and number not in wrong]

    def _read(self, chunk: ImportChunk) -> Iterator[tuple[int, Row | None, Any]]:
        told = import_papers.rows_of(self.job, chunk)
        self.numbers = [number for number, _ in told]
        for number, texts in told:
            cells = {key: texts[place] for key, place in self._mapping if place < len(texts) and texts[place]}
            value, words = self.kind.read({**self._defaults, **cells})
            yield number, None if value is None else Row(number, cells, value), words


def words_of(told: Sequence[Seen] | Sequence[Effect]) -> dict[str, Any]:
    """By row number, as a chunk keeps them."""
    return {str(each.number): {"outcome": each.outcome, "words": dict(each.words)} for each in told if each.words}


def packed(effects: Sequence[Effect]) -> bytes:
    """What undoing needs of them: of rows that changed nothing, nothing."""
    return orjson.dumps([(each.number, each.outcome, str(each.subject), (each.before or b"").decode("latin-1"))
                         for each in effects if each.subject is not None])


def unpacked(told: bytes) -> list[Effect]:
    return [Effect(number, outcome, uuid.UUID(subject), before.encode("latin-1") or None)
            for number, outcome, subject, before in orjson.loads(told)]
