"""The merchants' tills, offers and codes of the merchants' door."""

from tests.merchant_api import conftest as merchants

till_of, till, voucher, rental, show, again = (
    merchants.till_of, merchants.till, merchants.voucher, merchants.rental, merchants.show, merchants.again)
