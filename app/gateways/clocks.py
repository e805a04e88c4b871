"""What a gateway needs of a clock."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """app.kernel.clock, or a test's."""

    def now(self) -> datetime:
        """This instant, with zone."""
