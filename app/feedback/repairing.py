"""placeholder"""

from collections.abc import Sequence
from datetime import datetime

from app.gateways.platform.answers import RowAnswer


def settle(batch_no: str, rows: Sequence[RowAnswer], moment: datetime) -> None:
    raise NotImplementedError
