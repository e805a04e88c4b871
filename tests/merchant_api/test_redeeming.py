"""From the code to the usage over the merchants' door: once, exactly, and for nobody else."""

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from app.benefits import expiring
from app.benefits.models import Offer
from tests.benefits import ground
from tests.merchant_api.till import Till

Show = Callable[..., tuple[uuid.UUID, str]]
_numbers = itertools.count(1)


def fresh() -> str:
    return f"OUT-{next(_numbers):06d}"


def told(offer: Offer, code: str, **other: Any) -> dict[str, Any]:
    return {"out_redemption_no": fresh(), "presentation": code, "service_id": offer.service_id, **other}


def no(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


GONE = (404, "RESOURCE_NOT_EXISTS")
WRONG = (400, "INVALID_REQUEST")
PARAM = (400, "PARAM_ERROR")


def test_a_yes_says_what_and_nobody(till: Till, voucher: Offer, show: Show, db: psycopg.Connection) -> None:
    """T7: only the seven members; the code isn't spent; the citizen sees the look."""
    entitlement_id, code = show(voucher)
    first, second = (till.post("/v3/xinyi/verifications", {"presentation": code}).json for _ in range(2))
    assert first.keys() == {"verification_no", "eligible", "openid", "service_id", "entitlement_no", "title",
                            "valid_to"}
    assert first["eligible"] is True
    assert (first["service_id"], first["title"], len(first["openid"])) == (voucher.service_id, voucher.title, 28)
    assert first["valid_to"].endswith("+08:00")
    assert first["verification_no"] != second["verification_no"]
    seen = db.execute("SELECT t.who, t.what, t.about FROM trail_entries t JOIN entitlements e USING (citizen_id) "
                      "WHERE e.id = %s AND t.what = 'eligibility.verify'", (entitlement_id,)).fetchall()
    assert seen == [("示例商户1", "eligibility.verify", f"entitlement:{entitlement_id}")] * 2


def test_every_no_is_the_same_no(till: Till, till_of: Callable[..., Till], voucher: Offer, rental: Offer, show: Show,
                                 db: psycopg.Connection) -> None:
    """T6: unknown, forged, malformed, expired, used, another merchant's, another service: one shape, no reason.

    Fails where any of them gets a code, a member or a status of its own.
    """
    _, code = show(voucher)
    _, used = show(voucher, 2)
    assert till.post("/v3/xinyi/redemptions", told(voucher, used)).status_code == 200
    _, expired = show(voucher, 3)
    db.execute("UPDATE presentations SET expires_at = now() WHERE id = (SELECT max(id::text)::uuid FROM presentations)")
    asked: list[tuple[Till, dict[str, Any]]] = [
        (till, {"presentation": "0" * 22}), (till, {"presentation": code[:-1] + ("0" if code[-1] != "0" else "1")}),
        (till, {"presentation": "' OR 1=1"}), (till, {"presentation": used}), (till, {"presentation": expired}),
        (till_of(2), {"presentation": code}), (till, {"presentation": code, "service_id": rental.service_id})]
    for each, body in asked:
        answer = each.post("/v3/xinyi/verifications", body)
        number = answer.json["verification_no"]
        assert (answer.status_code, answer.json) == (200, {"verification_no": number, "eligible": False}), body
    kept = db.execute("SELECT count(*), count(entitlement_id), bool_or(eligible) FROM verifications").fetchone()
    assert kept == (len(asked), 0, False)


def test_another_merchants_look_is_seen_by_the_citizen(till_of: Callable[..., Till], till: Till, voucher: Offer,
                                                       show: Show, db: psycopg.Connection) -> None:
    entitlement_id, code = show(voucher)
    till_of(2).post("/v3/xinyi/verifications", {"presentation": code})
    assert db.execute("SELECT who FROM trail_entries WHERE about = %s AND what = 'eligibility.verify'",
                      (f"entitlement:{entitlement_id}",)).fetchall() == [("示例商户2",)]


def test_openids_are_pairwise(till: Till, till_of: Callable[..., Till], app: Any, show: Show) -> None:
    """The same person at two merchants is two people to them; at one merchant always one."""
    with app.app_context():
        other = ground.voucher(mchid=till_of(2).mchid)
        own, second = ground.voucher(), ground.voucher()
    ids = []
    for at, offer, number in ((till, own, 1), (till_of(2), other, 1), (till, second, 1)):
        _, code = show(offer, number)
        ids.append(at.post("/v3/xinyi/verifications", {"presentation": code}).json["openid"])
    assert ids[0] == ids[2] != ids[1]


def test_a_voucher_is_used_once_and_reported_at_once(till: Till, voucher: Offer, show: Show,
                                                     db: psycopg.Connection) -> None:
    entitlement_id, code = show(voucher)
    body = told(voucher, code, amount={"original": 2500, "waived": 1800, "paid": 700}, clerk="07")
    first = till.post("/v3/xinyi/redemptions", body)
    assert first.status_code == 200, first.text
    assert first.json["state"] == "done"
    assert first.json["amount"] == {"original": 2500, "waived": 1800, "paid": 700}
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, code))) == GONE
    assert till.post("/v3/xinyi/redemptions", body).json == first.json
    assert usages(db, entitlement_id) == [(1, "fulfilled", 1800, 700, None)]
    assert db.execute("SELECT count(*) FROM outbox WHERE topic = 'usage'").fetchone() == (1,)
    kept = db.execute("SELECT u.benefit, u.provider_uscc, u.region, u.scenario, c.scope FROM usages u "
                      "JOIN consents c ON c.id = u.consent_id").fetchone()
    assert kept is not None
    assert kept == (voucher.code, kept[1], "360100", "volunteer", "usage.report")
    assert kept[1].startswith("91360100MADEMT001")


def test_the_same_number_with_other_content_is_refused(till: Till, till_of: Callable[..., Till], voucher: Offer,
                                                       show: Show) -> None:
    """C13. Fails where the content's digest isn't compared."""
    _, code = show(voucher)
    body = told(voucher, code, clerk="07")
    assert till.post("/v3/xinyi/redemptions", body).status_code == 200
    assert no(till.post("/v3/xinyi/redemptions", {**body, "clerk": "08"})) == WRONG
    assert no(till_of(2).post("/v3/xinyi/redemptions", body)) == GONE, "another merchant's numbers are its own"


def test_anothers_live_code_is_no_code(till: Till, till_of: Callable[..., Till], voucher: Offer, show: Show,
                                       db: psycopg.Connection) -> None:
    """C32, T1: by the code or by its number, right after its own merchant looked. Fails where the entitlement's
    merchant isn't compared.
    """
    _, code = show(voucher)
    number = till.post("/v3/xinyi/verifications", {"presentation": code}).json["entitlement_no"]
    other = till_of(2)
    assert no(other.post("/v3/xinyi/redemptions", told(voucher, code))) == GONE
    assert no(other.post("/v3/xinyi/redemptions", {"out_redemption_no": fresh(), "entitlement_no": number,
                                                   "service_id": voucher.service_id})) == GONE
    assert db.execute("SELECT count(*) FROM redemptions").fetchone() == (0,)
    assert till.post("/v3/xinyi/redemptions", told(voucher, code)).status_code == 200


def test_one_redemption_kills_all_codes(till: Till, voucher: Offer, show: Show,
                                        again: Callable[[uuid.UUID], str]) -> None:
    """Also when the redemption is taken back within their minute. Fails where only the code itself is spent."""
    entitlement_id, first = show(voucher)
    second = again(entitlement_id)
    body = told(voucher, first)
    assert till.post("/v3/xinyi/redemptions", body).status_code == 200
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, second))) == GONE
    till.post(f"/v3/xinyi/redemptions/{body['out_redemption_no']}/reversal", {"reason": "误核销"})
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, second))) == GONE
    assert till.post("/v3/xinyi/redemptions", told(voucher, again(entitlement_id))).status_code == 200


@pytest.mark.parametrize(("amount", "good"), [
    (None, (1800, 0)), ({}, (1800, 0)), ({"original": 1000}, (1000, 0)), ({"original": 5000}, (1800, 3200)),
    ({"original": 5000, "paid": 4000}, (1000, 4000)), ({"waived": 0, "paid": 1}, (0, 1)),
    ({"original": 5000, "waived": 100}, (100, 4900)),
    ({"waived": 1801}, None), ({"original": 10, "waived": 9, "paid": 2}, None), ({"original": 10, "waived": 11}, None),
    ({"original": 10, "paid": 11}, None), ({"waived": -1}, None), ({"waived": 1.0}, None), ({"waived": "1"}, None),
    ({"waived": True}, None), ({"tip": 1}, None), ({"paid": 10**13}, None)])
def test_amounts_add_up_or_are_refused(till: Till, voucher: Offer, show: Show, amount: Any, good: Any) -> None:
    """Never more waived than the offer is worth. Fails where the ceiling isn't looked at."""
    _, code = show(voucher)
    answer = till.post("/v3/xinyi/redemptions", told(voucher, code, **({} if amount is None else {"amount": amount})))
    if good is None:
        assert no(answer) == PARAM, answer.text
        assert answer.json["detail"]["field"].startswith("/amount")
        assert till.post("/v3/xinyi/redemptions", told(voucher, code)).status_code == 200, "a refusal spends no code"
    else:
        assert (answer.json["amount"]["waived"], answer.json["amount"]["paid"]) == good


def test_exactly_one_of_code_and_number(till: Till, voucher: Offer, show: Show) -> None:
    _, code = show(voucher)
    both = told(voucher, code, entitlement_no="E1")
    neither = {name: value for name, value in told(voucher, code).items() if name != "presentation"}
    assert no(till.post("/v3/xinyi/redemptions", both)) == no(till.post("/v3/xinyi/redemptions", neither)) == PARAM


def test_by_number_only_after_ones_own_recent_look(till: Till, till_of: Callable[..., Till], voucher: Offer, show: Show,
                                                   db: psycopg.Connection) -> None:
    """The verification's code is spent, even where it has expired since; a number alone opens nothing.

    Fails where the look's merchant, age or answer isn't asked for.
    """
    entitlement_id, code = show(voucher)
    number = db.execute("SELECT entitlement_no FROM entitlements WHERE id = %s", (entitlement_id,)).fetchone()[0]  # type: ignore[index]
    body = {"out_redemption_no": fresh(), "entitlement_no": number, "service_id": voucher.service_id}
    assert no(till.post("/v3/xinyi/redemptions", body)) == GONE
    till_of(2).post("/v3/xinyi/verifications", {"presentation": code})
    assert no(till.post("/v3/xinyi/redemptions", body)) == GONE
    till.post("/v3/xinyi/verifications", {"presentation": code, "service_id": "0" * 32})
    assert no(till.post("/v3/xinyi/redemptions", body)) == GONE, "that look was answered with a no"
    till.post("/v3/xinyi/verifications", {"presentation": code})
    db.execute("UPDATE verifications SET at = at - interval '601 seconds'")
    assert no(till.post("/v3/xinyi/redemptions", body)) == GONE
    till.post("/v3/xinyi/verifications", {"presentation": code})
    db.execute("UPDATE presentations SET expires_at = now()")
    assert till.post("/v3/xinyi/redemptions", body).status_code == 200
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, code))) == GONE


def test_a_code_is_redeemed_within_its_minute_only(till: Till, voucher: Offer, show: Show,
                                                   db: psycopg.Connection) -> None:
    """Fails where the conditional write doesn't look at the code's own end."""
    _, code = show(voucher)
    db.execute("UPDATE presentations SET expires_at = now()")
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, code))) == GONE


def test_what_has_run_out_is_over_before_the_scheduler_says_so(till: Till, voucher: Offer, show: Show, app: Any,
                                                               db: psycopg.Connection) -> None:
    entitlement_id, code = show(voucher)
    db.execute("UPDATE entitlements SET valid_from = now() - interval '2 days', valid_to = now(), due_at = now() "
               "WHERE id = %s", (entitlement_id,))
    assert till.post("/v3/xinyi/verifications", {"presentation": code}).json["eligible"] is False
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, code))) == GONE
    with app.app_context():
        assert expiring.run_due() == 1
    assert db.execute("SELECT state, quota_held FROM entitlements").fetchone() == ("expired", False)


def test_stores_are_the_merchants_and_the_offers(till: Till, app: Any, show: Show, db: psycopg.Connection) -> None:
    from_store = "INSERT INTO stores (id, merchant_id, code, name, region, address) VALUES " \
                 "(gen_random_uuid(), %s, %s, '店', '360103', '南昌市示例路')"
    for code in ("S-1", "S-2"):
        db.execute(from_store, (till.merchant_id, code))
    with app.app_context():
        offer = ground.voucher(store_codes=["S-1"])
    entitlement_id, code = show(offer)
    for store in ("S-2", "S-3", "s-1"):
        answer = till.post("/v3/xinyi/redemptions", told(offer, code, store_id=store))
        assert (no(answer), answer.json["detail"]["field"]) == (PARAM, "/store_id")
    assert till.post("/v3/xinyi/redemptions", told(offer, code, store_id="S-1")).json["store_id"] == "S-1"
    kept = db.execute("SELECT region FROM usages WHERE entitlement_id = %s", (entitlement_id,)).fetchone()
    assert kept == ("360103",)


def test_withdrawing_leaves_what_was_granted(till: Till, voucher: Offer, show: Show, db: psycopg.Connection) -> None:
    """decisions/0081: lived out, and reported under the consent it was granted under."""
    entitlement_id, code = show(voucher)
    db.execute("UPDATE consents SET withdrawn_at = now(), withdrawn_by = 'citizen'")
    assert till.post("/v3/xinyi/verifications", {"presentation": code}).json["eligible"] is True
    assert till.post("/v3/xinyi/redemptions", told(voucher, code)).status_code == 200
    assert len(usages(db, entitlement_id)) == 1


def test_too_many_made_up_codes_meet_a_limit(till: Till, app: Any, voucher: Offer, show: Show,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    """T6: a budget for each merchant; a real code still works."""
    settings = app.extensions["settings"]
    monkeypatch.setitem(settings._values, "MISSED_CODES_PER_MINUTE", 3)
    answers = [till.post("/v3/xinyi/verifications", {"presentation": "0" * 22}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert no(till.post("/v3/xinyi/verifications", {"presentation": "0" * 22})) == (429, "RATELIMIT_EXCEEDED")
    assert no(till.post("/v3/xinyi/redemptions", told(voucher, "0" * 22))) == (429, "RATELIMIT_EXCEEDED")
    _, code = show(voucher)
    assert till.post("/v3/xinyi/verifications", {"presentation": code}).json["eligible"] is True


def usages(db: psycopg.Connection, entitlement_id: uuid.UUID) -> list[Any]:
    return db.execute("SELECT ordinal, outcome, waived_fen, paid_fen, corrects FROM usages WHERE entitlement_id = %s "
                      "ORDER BY ordinal", (entitlement_id,)).fetchall()

