"""A link of invitation, shown this once: as text, and as a QR code to be scanned from the screen."""

from typing import Any

import segno
from markupsafe import Markup
from werkzeug import Response

from app.console.answering import page
from app.kernel.settings import settings


def drawn(address: str) -> Markup:
    """A QR code as SVG."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=2))  # noqa: S704 (drawn by segno)


def shown(invited: Any, back: str) -> Response:
    """The page of `app.staff.inviting.Invited`; `back` is where to go from it."""
    link = f"{settings().PUBLIC_BASE_URL}/console/invitations/{invited.token}"
    return page("invited.html", title="邀请已建立", login=invited.account.login, link=link, qr=drawn(link), back=back,
                hours=settings().STAFF_INVITATION_HOURS)
