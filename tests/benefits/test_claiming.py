"""Claiming: once for each key, never without consents, never past the quota, and a no leaves nothing behind."""

from typing import Any

import psycopg
import pytest

from app.benefits import claiming
from tests.benefits import ground


def test_lin_claims(inside: Any, db: psycopg.Connection) -> None:
    """The place, the entitlement, its first step and the trail are there together."""
    offer = ground.offer(quota_total=5)
    lin = ground.ready(1, offer)
    got = claiming.claim(lin, offer.id, "key-1", None)
    assert (got.state, got.kind, got.claim_key) == ("ready", "order", "key-1")
