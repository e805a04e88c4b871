"""Taking a notify_url from a merchant."""

from app.gateways import access
from app.gateways.merchants.addresses import AddressRefused
from app.notifications.errors import NotifyUrlRefused


def accept(notify_url: str) -> str:
    """The same, where it may be one by its form; where its name leads is checked each time it is called.

    Raises NotifyUrlRefused.
    """
    try:
        access.merchants().accept(notify_url)
    except AddressRefused as no:
        raise NotifyUrlRefused(field="notify_url", issue=no.why) from None
    return notify_url
