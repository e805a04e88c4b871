"""A made-up seal for `flask demo load`: with it the demo's county can issue certificates."""

import io

from PIL import Image, ImageDraw

from app.staff.scoping import Scope, within
from app.volunteers.certificates import issuers
from app.volunteers.certificates import queries as certificate_queries
from app.volunteers.certificates.issuers import Answering

SIDE, RED = 400, (196, 22, 28, 230)
STAR = ((200, 95), (226, 172), (307, 172), (241, 220), (266, 298), (200, 250), (134, 298), (159, 220), (93, 172),
        (174, 172))


def county(officer: Scope) -> None:
    """Where nothing was said yet: who answers for certificates, and a seal. What citizens ask for is issued at once."""
    with within(officer):
        there = certificate_queries.live_seal(officer.organisation_id)
    if there is None:
        issuers.state(officer, Answering("示例负责人", "示例经办人", "0791-0000000", self_service=True))
        issuers.put_seal(officer, _seal())


def _seal() -> bytes:
    """A ring with a star, of nobody."""
    picture, out = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0)), io.BytesIO()
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, SIDE - 10, SIDE - 10), outline=RED, width=14)
    pen.polygon(STAR, fill=RED)
    picture.save(out, "PNG")
    return out.getvalue()
