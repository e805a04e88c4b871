"""Going over the whole trail: every block, every entry, and the head that was kept elsewhere."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import exists, func, select

from app.kernel.db import session
from app.kernel.keyring import Keys
from app.kernel.sealing import keyring
from app.trail import blocks, leaves
from app.trail.models import Block, Entry


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where: the block, the entry where it is known."""

    what: str
    block_no: int | None = None
    entry_id: uuid.UUID | None = None

    def __str__(self) -> str:
        return f"block {self.block_no or '-'} entry {self.entry_id or '-'}: {self.what}"


@dataclass
class Report:
    """What was gone over and found. `waiting` entries stand in no block yet, so nothing is proven of them."""

    blocks: int = 0
    entries: int = 0
    waiting: int = 0
    head: str | None = None  # "<no>:<digest in hex>": keep it where this database's owner can't reach it
    findings: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.findings


def verify_all(kept_head: str | None = None) -> Report:
    """Go over everything. `kept_head` is a `Report.head` of an earlier run; without it a truncated tail and a
    trail written anew by somebody with our key go unseen.
    """
    report, before = Report(), None
    keys = keyring().trail
    for block in session().scalars(select(Block).order_by(Block.no).execution_options(yield_per=16)):
        report.findings += [*_block_findings(block, before, keys), *_entry_findings(block)]
        report.blocks += 1
        report.entries += len(block.leaves)
        report.head = f"{block.no}:{block.digest.hex()}"
        before = (block.no, block.digest)
        session().expunge(block)
    report.findings += [*_stray_findings(), *_head_findings(kept_head)]
    report.waiting = session().execute(
        select(func.count()).select_from(Entry).where(Entry.block_no.is_(None))).scalar_one()
    return report


def _block_findings(block: Block, before: tuple[int, bytes] | None, keys: Keys) -> Iterator[Finding]:
    no, link = (before[0] + 1, before[1]) if before else (1, blocks.GENESIS)
    if block.no != no:
        yield Finding(f"blocks {no} to {block.no - 1} are missing", block.no)
    elif block.before != link:
        yield Finding("it does not follow the block before it", block.no)
    if not block.leaves or leaves.root(block.leaves) != block.root:
        yield Finding("its root is not that of its leaves", block.no)
    if hashlib.sha256(blocks.header(block)).digest() != block.digest:
        yield Finding("its digest is not that of its header", block.no)
    if not blocks.well_signed(block, keys):
        yield Finding("its signature is not ours", block.no)


def _entry_findings(block: Block) -> Iterator[Finding]:
    entries = session().scalars(select(Entry).where(Entry.id.in_(
        select(Entry.id).where(Entry.block_no == block.no))).order_by(Entry.place, Entry.id)).all()
    seen: set[int] = set()
    for entry in entries:
        place = entry.place
        if place is None or not 0 <= place < len(block.leaves) or place in seen:
            yield Finding("an entry was added", block.no, entry.id)
        elif leaves.leaf_hash(leaves.leaf(entry)) != block.leaves[place]:
            yield Finding(f"the entry at place {place} was changed or moved", block.no, entry.id)
        seen.add(-1 if place is None else place)
        session().expunge(entry)
    for place in sorted(set(range(len(block.leaves))) - seen):
        yield Finding(f"the entry at place {place} is gone", block.no)


def _stray_findings() -> Iterator[Finding]:
    strays = select(Entry.id, Entry.block_no).where(
        Entry.block_no.is_not(None), ~exists().where(Block.no == Entry.block_no)).order_by(Entry.id)
    for entry_id, block_no in session().execute(strays):
        yield Finding("an entry stands in a block that is gone", block_no, entry_id)


def _head_findings(kept: str | None) -> Iterator[Finding]:
    if kept is None:
        return
    no, _, digest = kept.strip().partition(":")
    if not (no.isascii() and no.isdecimal() and len(no) < 19):
        yield Finding("the kept head is not <no>:<digest>")
        return
    block = session().get(Block, int(no))
    if block is None:
        yield Finding("the trail ends before the head that was kept", int(no))
    elif block.digest.hex() != digest:
        yield Finding("the trail was written anew: the kept head is another", int(no))
