"""Whoever changes the trail, with all rights on the database, is found, and where."""

import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.kernel.db import session
from app.kernel.sealing import keyring
from app.trail import blocks, leaves, verifying
from app.trail.cli import trail_cli
from app.trail.models import Block, Entry

PLACE = "WHERE block_no = 3 AND place = 4"


def found(kept: str | None = None) -> list[tuple[int | None, str]]:
    session().expire_all()
    session().rollback()
    return [(finding.block_no, finding.what) for finding in verifying.verify_all(kept).findings]


@pytest.mark.parametrize("column", ["what", "who", "purpose", "actor", "about"])
def test_a_changed_word(trail: list[Entry], hand: psycopg.Connection, column: str) -> None:
    """Fails where a column is left out of the leaf."""
    hand.execute(f"UPDATE trail_entries SET {column} = {column} || '.' {PLACE}")  # noqa: S608
    assert found() == [(3, "the entry at place 4 was changed or moved")]


@pytest.mark.parametrize("change", [
    "at = at + interval '1 microsecond'", "citizen_id = gen_random_uuid()", "consent_id = gen_random_uuid()",
    "about = NULL", "id = gen_random_uuid()"])
def test_a_changed_value(trail: list[Entry], hand: psycopg.Connection, change: str) -> None:
    """Fails where times are cut to seconds, or ids are left out of the leaf."""
    hand.execute(f"UPDATE trail_entries SET {change} {PLACE}")  # noqa: S608
    assert found() == [(3, "the entry at place 4 was changed or moved")]


def test_a_deleted_entry(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where only what is there is looked at."""
    hand.execute(f"DELETE FROM trail_entries {PLACE}")  # noqa: S608
    assert found() == [(3, "the entry at place 4 is gone")]


def test_an_entry_taken_out_of_its_block(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where waiting entries can hide what was sealed."""
    hand.execute(f"UPDATE trail_entries SET block_no = NULL, place = NULL {PLACE}")  # noqa: S608
    assert found() == [(3, "the entry at place 4 is gone")]


@pytest.mark.parametrize("place", [4, 8, -1])
def test_an_added_entry(trail: list[Entry], hand: psycopg.Connection, place: int) -> None:
    """Fails where a second entry at a place, or one past the end, is passed over."""
    hand.execute("INSERT INTO trail_entries (id, at, actor, who, what, purpose, block_no, place) "
                 "VALUES ('ffffffff-0000-7000-8000-000000000000', now(), 'a', 'b', 'c', 'd', 3, %s)", (place,))
    assert (3, "an entry was added") in found()


def test_two_entries_swapped(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where leaves are compared as a set."""
    hand.execute("UPDATE trail_entries SET place = 11 - place WHERE block_no = 3 AND place IN (4, 7)")
    assert found() == [(3, "the entry at place 4 was changed or moved"),
                       (3, "the entry at place 7 was changed or moved")]


@pytest.mark.parametrize(("change", "what"), [
    ("root = digest", "its root is not that of its leaves"),
    ("leaves[1] = leaves[2]", "its root is not that of its leaves"),
    ("digest = root", "its digest is not that of its header"),
    ("sealed_at = sealed_at + interval '1 second'", "its signature is not ours"),
    ("signature = ''", "its signature is not ours"),
    ("key_id = 't9'", "its signature is not ours"),
    ("before = root", "it does not follow the block before it")])
def test_a_changed_block(trail: list[Entry], hand: psycopg.Connection, change: str, what: str) -> None:
    """Fails where one of the five checks of a block is left out."""
    hand.execute(f"UPDATE trail_blocks SET {change} WHERE no = 1")  # noqa: S608
    assert (1, what) in found()


def test_a_block_taken_out_with_its_entries(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where numbers and links are not followed."""
    hand.execute("DELETE FROM trail_entries WHERE block_no = 2")
    hand.execute("DELETE FROM trail_blocks WHERE no = 2")
    assert (3, "blocks 2 to 2 are missing") in found()


def test_a_block_taken_out_alone(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where entries of a block that is gone are not looked for."""
    hand.execute("DELETE FROM trail_blocks WHERE no = 3")
    assert found() == [(3, "an entry stands in a block that is gone")] * 8


def test_a_truncated_tail_is_seen_by_the_kept_head_only(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where the kept head is not compared; without one nobody could tell, and the docs say so."""
    kept = verifying.verify_all().head
    hand.execute("DELETE FROM trail_entries WHERE block_no = 3")
    hand.execute("DELETE FROM trail_blocks WHERE no = 3")
    assert found() == []
    assert found(kept) == [(3, "the trail ends before the head that was kept")]


def test_a_trail_written_anew_with_our_own_key(trail: list[Entry], hand: psycopg.Connection) -> None:
    """Fails where the kept head's digest is not compared."""
    kept = verifying.verify_all().head
    hand.execute("UPDATE trail_entries SET purpose = '别的' WHERE block_no = 3 AND place = 0")
    session().rollback()
    session().expire_all()
    entries = session().query(Entry).filter_by(block_no=3).order_by(Entry.place).all()
    hashed = [leaves.leaf_hash(leaves.leaf(entry)) for entry in entries]
    old = session().get_one(Block, 3)
    new = blocks.make(3, old.before, leaves.root(hashed), hashed, old.sealed_at, keyring().trail)
    hand.execute("UPDATE trail_blocks SET leaves = %s, root = %s, digest = %s, signature = %s WHERE no = 3",
                 (hashed, new.root, new.digest, new.signature))
    assert found() == []
    assert found(kept) == [(3, "the trail was written anew: the kept head is another")]


def test_the_kept_head_stays_good_while_the_trail_grows(trail: list[Entry]) -> None:
    """Fails where only the newest block is compared with the kept head."""
    first = session().get_one(Block, 1)
    assert found(f"1:{first.digest.hex()}") == []
    assert found("nonsense") == [(None, "the kept head is not <no>:<digest>")]


def test_the_command_says_where_and_ends_with_one(
    app: Any, trail: list[Entry], hand: psycopg.Connection, tmp_path: Path
) -> None:
    """Fails where the command ends with 0 whatever was found."""
    runner = app.test_cli_runner()
    kept = tmp_path / "head"
    kept.write_text(runner.invoke(trail_cli, ["head"]).output, encoding="utf-8")
    whole = runner.invoke(trail_cli, ["verify", "--head-file", str(kept)])
    assert (whole.exit_code, "0 findings" in whole.output) == (0, True)
    hand.execute(f"DELETE FROM trail_entries {PLACE}")  # noqa: S608
    broken = runner.invoke(trail_cli, ["verify"])
    assert broken.exit_code == 1
    assert "block 3" in broken.output
    assert "place 4 is gone" in broken.output


def test_openssl_takes_a_block_s_signature(trail: list[Entry], tmp_path: Path) -> None:
    """Fails where the signature is not plain ECDSA-SHA256 over the header, so that others can't check it."""
    told = blocks.told(session().get_one(Block, 3), keyring().trail)
    (tmp_path / "key.pem").write_text(told["public_key"], encoding="utf-8")
    (tmp_path / "header").write_text(told["header"], encoding="utf-8")
    (tmp_path / "signature").write_bytes(session().get_one(Block, 3).signature)
    said = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "header"],
                          cwd=tmp_path, capture_output=True, check=False)
    assert said.returncode == 0
