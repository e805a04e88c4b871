"""Keys change under a running system: no restart, no call lost, and a bad file changes nothing.

Breaks that were tried: only keys.json watched and not the files beside it, the marks taken after reading, the old keys
dropped where the new are refused, answers checked with the keys of the request's start, the kid of a seal taken from
the newest keys at reading; each failed here.
"""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.gateways import health
from app.gateways.platform.keys import KeysRefused
from app.gateways.platform.rotating import LiveKeys
from sandbox.keys import load
from sandbox.rotating import KINDS, retire, rotate
from tests.gateways.conftest import Played
from tests.gateways.test_keys import rewrite
from tests.gateways.test_with_the_sandbox import PURPOSE, authorize


@pytest.fixture(autouse=True)
def calm() -> Iterator[None]:
    yield
    health.tell_keys(health.KeysInUse("ES256-SHA256", "", (), ""))


def by_both(played: Played, change: Any, suite: str, *kinds: str) -> dict[str, Any]:
    """The operator's files and the platform change at once, as far as anybody can do that."""
    entry: dict[str, Any] = change(played.keys_dir, suite, list(kinds))
    played.world.keys = load(played.keys_dir)
    return entry


@pytest.mark.parametrize("suite", ["ES256-SHA256", "SM2-SM3"])
def test_every_key_is_rotated_under_a_running_client(played: Played, suite: str) -> None:
    client = played.client(suite, keys=LiveKeys(played.keys_dir, suite))
    paper, lin = authorize(client, played), played.subject("lin")

    def ask() -> None:
        assert client.query_grade(paper, lin, "rental", PURPOSE, "system").grade == "A"
        assert client.query_report(paper, lin, "rental", PURPOSE, "system").pdf

    ask()
    for kind in KINDS:
        for change in (rotate, retire):
            by_both(played, change, suite, kind)
            ask()
    in_use = health.keys_in_use()
    entry = json.loads((played.keys_dir / "keys.json").read_text())["suites"][suite]
    assert in_use
    assert (in_use.client_key_id, in_use.platform_key_ids, in_use.data_key_id, in_use.problems) == (
        entry["client_key_id"], (entry["platform_key_id"],), entry["data_key_id"], ())
    assert played.breaches() == []


def test_both_generations_are_good_while_they_overlap(played: Played) -> None:
    """One process of ours still has the old keys, another the new: the platform answers both, signed by its new key."""
    suite = "ES256-SHA256"
    before = LiveKeys(played.keys_dir, suite).now()
    by_both(played, rotate, suite, *KINDS)
    after = LiveKeys(played.keys_dir, suite).now()
    assert before.client_key_id != after.client_key_id
    assert set(before.data_keys) < set(after.data_keys)
    client = played.client(suite, keys=after)
    paper = authorize(client, played)
    with_old_seal = played.client(suite, keys=type(after)(**{
        **vars(after), "client_key_id": before.client_key_id, "client_private": before.client_private,
        "data_key_id": before.data_key_id}))
    for each in (client, with_old_seal):
        assert each.query_report(paper, played.subject("lin"), "rental", PURPOSE, "system").pdf
    assert played.breaches() == []


def test_a_call_under_way_while_keys_change_is_read_with_the_platforms_new_key(played: Played) -> None:
    suite = "ES256-SHA256"
    client = played.client(suite, keys=LiveKeys(played.keys_dir, suite))
    paper = authorize(client, played)
    played.world.faults.order({"target": "platform", "path": "/credit-reports", "kind": "latency", "value": 0.3,
                               "times": 1})
    change = threading.Timer(0.1, lambda: by_both(played, rotate, suite, *KINDS))
    change.start()
    try:
        client.query_report(paper, played.subject("lin"), "rental", PURPOSE, "system")
    finally:
        change.join()
    assert played.breaches() == []


def touch(file: Path) -> None:
    """As if written in another tick of the clock."""
    told = file.stat()
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns + 1))


def test_a_bad_file_keeps_what_was_good_and_says_so(keys_dir: Path) -> None:
    live = LiveKeys(keys_dir, "ES256-SHA256")
    good = live.now()
    whole = (keys_dir / "keys.json").read_text()
    for spoil in (lambda: (keys_dir / "keys.json").write_text("{"), lambda: (keys_dir / "keys.json").unlink(),
                  lambda: rewrite(keys_dir, client_private="gone.pem")):
        (keys_dir / "keys.json").write_text(whole)
        spoil()
        assert live.now() is good
        told = health.keys_in_use()
        assert told
        assert told.problems
        assert health.KEYS_REFUSED._value.get() == 1
        (keys_dir / "keys.json").write_text(whole)
        touch(keys_dir / "keys.json")
        assert live.now().client_key_id == good.client_key_id
        good = live.now()
        told = health.keys_in_use()
        assert told
        assert (told.problems, health.KEYS_REFUSED._value.get()) == ((), 0)


def test_a_file_that_comes_later_than_the_keys_json_that_names_it(keys_dir: Path) -> None:
    live = LiveKeys(keys_dir, "ES256-SHA256")
    rewrite(keys_dir, data_keys_hex={"dk-2026-1": "dk.hex", "dk-2026-2": "new.hex"}, data_key_id="dk-2026-2")
    assert live.now().data_key_id == "dk-2026-1"
    (keys_dir / "new.hex").write_text("00" * 32)
    assert live.now().data_key_id == "dk-2026-2"


def test_a_key_file_replaced_under_the_same_name(keys_dir: Path, vectors: dict[str, Any]) -> None:
    live = LiveKeys(keys_dir, "ES256-SHA256")
    before = live.now()
    draft = keys_dir / "draft.pem"
    draft.write_text(vectors["stranger_key"]["private_pem"])
    draft.replace(keys_dir / "client.pem")
    assert live.now().client_private.private_numbers() != before.client_private.private_numbers()


def test_nothing_is_read_while_nothing_changes(keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveKeys(keys_dir, "ES256-SHA256")
    monkeypatch.setattr("app.gateways.platform.rotating.load_keys", lambda *_: pytest.fail("parsed per call"))
    assert live.now() is live.now()


def test_no_keys_at_start_is_no_start(tmp_path: Path) -> None:
    with pytest.raises(KeysRefused):
        LiveKeys(tmp_path, "ES256-SHA256")
