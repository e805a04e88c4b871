"""Every page of the merchants' console, and what stands in its address, form and filters that could be another's.

`PAGES` has a row for each endpoint of the realm: a new one without a row fails the matrix. A row says, by the name of
each argument of the address and of each field of the form, which id of a party belongs there.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Page:
    """`path`, `form`: argument → id. `no`: the status of what is nobody's, `nos`: where it is
    this id. `own`: what its owner may be answered."""

    path: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    no: int = 404
    nos: dict[str, int] = field(default_factory=dict)
    own: tuple[int, ...] = (200, 302, 303, 422)


def at(**path: str) -> Page:
    return Page(path)


LIST = Page()  # no id in its address: what it lists, exports and filters is looked through
PAGES: dict[str, Page] = {
    "console_merchant.index": LIST,
    "console_merchant_calls.index": LIST,
    "console_merchant_clerks.index": LIST,
    "console_merchant_clerks.again": at(account_id="clerk_id"),
    "console_merchant_clerks.end": at(account_id="clerk_id"),
    "console_merchant_clerks.move": at(account_id="clerk_id"),
    "console_merchant_clerks.invite": Page(form={"store_id": "store_uuid"}, no=422),
    "console_merchant_disputes.index": LIST,
    "console_merchant_disputes.one": at(appeal_no="appeal_no"),
    "console_merchant_keys.index": LIST,
    "console_merchant_keys.revoke": at(serial_no="serial_no"),
    "console_merchant_keys.add": LIST,
    "console_merchant_keys.apiv3": LIST,
    "console_merchant_keys.certificate": LIST,  # our own keys, the same for all
    "console_merchant_keys.make": LIST,
    "console_merchant_keys.ours": LIST,
    "console_merchant_notifications.index": LIST,
    "console_merchant_notifications.one": at(number="notification_no"),
    "console_merchant_notifications.resend": at(number="notification_no"),
    "console_merchant_offers.index": LIST,
    "console_merchant_offers.one": at(offer_id="offer_id"),
    "console_merchant_offers.turn": at(offer_id="offer_id"),
    "console_merchant_offers.change": at(offer_id="offer_id"),
    "console_merchant_offers.choose": LIST,
    "console_merchant_offers.new": LIST,  # of a scenario; its stores are looked at in tests/console
    "console_merchant_orders.index": LIST,
    "console_merchant_orders.one": at(order_no="order_no"),
    "console_merchant_orders.cancel": at(order_no="order_no"),
    "console_merchant_orders.complete": at(order_no="order_no"),
    "console_merchant_redemptions.index": LIST,
    "console_merchant_redemptions.one": at(number="redemption_no"),
    "console_merchant_redemptions.reverse": at(number="redemption_no"),
    "console_merchant_sandbox.index": LIST,
    "console_merchant_scan.index": LIST,
    "console_merchant_scan.offline": LIST,
    "console_merchant_scan.handed_out": LIST,
    "console_merchant_scan.redeem": Page(form={"store": "store_id", "number": "fresh", "service_id": "service_id",
                                               "entitlement_no": "entitlement_no"},
                                          nos={"store_id": 200}),
    "console_merchant_scan.bring_back": at(number="lent_no"),
    "console_merchant_scan.undo": at(number="scanned_no"),
    "console_merchant_scan.today": LIST,
    "console_merchant_scan.upload": Page(form={"store": "store_id", "number": "fresh", "service_id": "service_id",
                                               "proof": "proof", "redeemed_at": "now"},
                                          nos={"store_id": 200}),
    "console_merchant_scan.verify": Page(form={"store": "store_id", "code": "presentation"}, no=200),
    "console_merchant_scan.worker": LIST,
    "console_merchant_statements.index": LIST,
    "console_merchant_statements.one": LIST,
    "console_merchant_statements.download": Page(form={"service": "service_id"}),
    "console_merchant_statements.workbook": LIST,
    "console_merchant_stores.index": LIST,
    "console_merchant_stores.change": at(store_id="store_uuid"),
    "console_merchant_stores.close": at(store_id="store_uuid"),
    "console_merchant_stores.reopen": at(store_id="store_uuid"),
    "console_merchant_stores.add": LIST,
}
# what stands in an address and is nobody's secret: our keys, days, scenarios, acts
OPEN = {"kid": "nothing", "day": "2026-01-01", "month": "2026-01", "scenario": "rental", "what": "pause"}
