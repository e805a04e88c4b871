"""The proofs run in the same world as the stories."""

from tests.journeys.conftest import world

__all__ = ["world"]
