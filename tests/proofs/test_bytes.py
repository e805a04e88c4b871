"""P4: no byte of a name, an identity number or a phone lies anywhere at rest, in no log and in no refusal.

What is left out of the scan (docs/decisions/0095): VAR_DIR/sandbox, which plays WeChat and the platform, who know
everybody by right (it is another's machine); demo.json and demo/, which exist in development only, to tell people whom
they can play (the marked people of this test aren't in it). What merchants write of their own accord (clerk, note,
reason) is text that no citizen gave us; here it names nobody.

`test_the_scanner_sees` and the last part of `test_no_byte_of_anybody` are the negative control: mistakes sown there
are found. Tried besides, on a copy of the tree, each makes `test_no_byte_of_anybody` fail: idempotency keys kept as
they come, or kept answers (heap and WAL: an appeal's answer repeats its text); `X-Request-Id` taken whatever it says (a
refusal tells it back); the address in the log line of each request.
"""

import base64
import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import redis

from tests.journeys.walker import yes
from tests.journeys.wire import Wire
from tests.journeys.world import World
from tests.proofs import marked
from tests.proofs.marked import Finding
from tests.proofs.tour import Kept, Recorder, Tour, missing

CITIZENS = 200 if os.environ.get("PROOF") == "full" else 4  # each way of a tour is somebody's among four


def test_no_byte_of_anybody(world: World) -> None:
    """Everybody through every route, rightly and wrongly; then every byte that is kept is looked through."""
    contract, kept = yes(Wire(world.stack.base_url).open("/openapi.json")), Kept()
    world.new_wire = lambda: Recorder(world.stack.base_url, kept)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(Tour(world, contract, number).walk) for number in range(CITIZENS)]:
            done.result()
    assert missing(contract, kept.done) == [], "what nobody has walked, nobody has looked through"
    assert len(kept.bodies) > 40 * CITIZENS
    found = [each for place, body in kept.bodies for each in marked.find(body, place)]
    assert found == [], Counter(each.place for each in found)
    assert list(at_rest(world)) == []
    sow(world)
    sown = {(each.what, each.spelling, each.place.split("/")[0]) for each in at_rest(world)}
    assert sown >= {("identity number", "utf-8", "postgres"), ("phone", "utf-8", "table sown"), ("name", "hex", "log"),
                    ("identity number", "base64 at 0", "valkey"), ("identity number", "base64 at 0", "key sown")}
    reap(world)


def at_rest(world: World) -> Iterator[Finding]:
    """VAR_DIR with heap, WAL, both servers' logs, ours and the append-only file; and all rows and keys once more as
    the servers tell them, since what is long is kept compressed.
    """
    world.sql("CHECKPOINT")
    var = world.stack.var_dir
    yield from marked.find_in_files(var, leave_out=(var / "sandbox", var / "demo.json", var / "demo"))
    for table, data in rows(world):
        yield from marked.find(data, f"table {table}")
    valkey = world.stack.system.valkey
    assert valkey is not None
    for key, value in values(valkey.connect()):
        yield from marked.find(key + b"\n" + value, f"key {key.decode('utf-8', 'replace')}")


def rows(world: World) -> Iterator[tuple[str, bytes]]:
    """Every table of the application as PostgreSQL sends it, in binary: what is compressed or sealed in it opened as
    far as the database can.
    """
    postgres = world.stack.system.postgres
    assert postgres is not None
    with postgres.connect("xinyi") as connection:
        for (table,) in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r'"
                                           " AND relnamespace = 'public'::regnamespace").fetchall():
            query = psycopg.sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(psycopg.sql.Identifier(table))
            with connection.cursor().copy(query) as copied:
                yield table, b"".join(bytes(part) for part in copied)


def values(client: "redis.Redis[bytes]") -> Iterator[tuple[bytes, bytes]]:
    """Every key of Valkey with what it holds."""
    read: dict[bytes, Any] = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers,
                              b"list": lambda key: client.lrange(key, 0, -1),
                              b"zset": lambda key: client.zrange(key, 0, -1, withscores=True)}
    for key in client.scan_iter():
        kind = client.type(key)
        yield key, read[kind](key) if kind == b"string" else flat(read[kind](key)) if kind in read else b""


def flat(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    return b"\n".join(flat(each) for each in value) if isinstance(value, list | set | tuple) else str(value).encode()


def sow(world: World) -> None:
    """Mistakes such as a next change could bring, in a table, a log and a cache."""
    person = marked.papers(335)
    world.sql("CREATE TABLE sown (purpose text)")
    world.sql("INSERT INTO sown VALUES (%s), (%s)", person["id_number"], person["phone"])
    with (world.stack.system.places.log / "sown.log").open("w") as log:
        log.write(json.dumps({"event": "looked up", "by": person["name"].encode().hex()}))
    valkey = world.stack.system.valkey
    assert valkey is not None
    valkey.connect().set("sown", base64.b64encode(person["id_number"].encode()), ex=60)


def reap(world: World) -> None:
    """Take it away again. (From the WAL it can't be taken: that is why nothing may get there.)"""
    world.sql("DROP TABLE sown")
    (world.stack.system.places.log / "sown.log").unlink()
    valkey = world.stack.system.valkey
    assert valkey is not None
    valkey.connect().delete("sown")


@pytest.mark.parametrize("what", ["name", "id_number", "phone"])
def test_the_scanner_sees(tmp_path: Path, what: str) -> None:
    """Each spelling of each of the three, wherever it begins, in a file of megabytes; and nothing in the rest."""
    text, noise = marked.papers(17)[what], bytes(range(256)) * 4096 + b"3608291950 1990777 1990777999 \xe9\xac\xaf"
    file = tmp_path / "heap"
    file.write_bytes(noise)
    assert list(marked.find_in_files(tmp_path)) == []
    spelt = [text.encode(), text.encode("gb18030"), text.encode("utf-16-le"), text.encode("utf-16-be"),
             text.encode().hex().encode(), text.encode().hex().upper().encode(), quote(text).encode(),
             *(base64.b64encode(b"x" * shift + text.encode() + b"yz") for shift in range(9)),
             *(base64.urlsafe_b64encode(b"x" * shift + text.encode()) for shift in range(3)),
             json.dumps(text)[1:-1].encode()]
    for each in spelt:
        file.write_bytes(noise[:1_000_003] + each + noise)
        assert list(marked.find_in_files(tmp_path)), each
