"""What people do in a drill: each story is told to its end, and says what must have come of it.

`expected` grows only by what was acknowledged. A no that isn't the story's own is a wrong no: AssertionError.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from app.feedback import feeding_back, initiative_queries, responding
from app.feedback import initiatives as our_initiatives
from app.feedback.initiative_errors import InitiativeNotFound
from app.kernel import clock
from app.volunteers.red_list import sharing as red_list
from tests.drill.plan import Story
from tests.drill.province import Citizen, Province, number_of
from tests.journeys.walker import no, yes
from tests.journeys.world import HALL, RENTAL, YOUTH
from tests.merchant_api.till import Till

POWER_BANK, UMBRELLA, COFFEE, HANDLED = "免押租充电宝", "免押借雨伞", "优秀青年志愿者咖啡礼遇", "个体工商户登记容缺受理"
OUTSTANDING = ["outstanding_youth_volunteer"]
ACTOR = "staff:drill"


def granted(p: Province, me: Citizen, title: str, form: dict[str, Any] | None = None) -> tuple[dict[str, str], str]:
    """(the offer, the entitlement): agreed, decided, claimed."""
    offer = p.offer(title)
    me.agree(offer["offer_id"])
    decided = me.decide(offer["offer_id"])
    assert decided["eligible"] is True, f"a wrong no: {[why['code'] for why in decided['reasons']]}"
    mine = yes(me.claim(offer["offer_id"], form), 201)
    me.granted += 1
    return offer, str(mine["id"])


def redeemed(me: Citizen, shop: Till, offer: dict[str, str], mine: str) -> str:
    """Shown and redeemed under one number; a code that grew old or was lost on the way is shown anew."""
    number = number_of("R")
    for _ in range(20):
        code = me.show(mine)
        look = yes(shop.post("/v3/xinyi/verifications", {"presentation": code}))
        told = {"out_redemption_no": number, "presentation": code, "service_id": offer["service_id"]}
        answer = shop.post("/v3/xinyi/redemptions", told)
        if answer.status_code != 404:
            assert yes(answer)["openid"] == look["openid"]
            return number
    raise AssertionError("no code was good")


def rental(p: Province, me: Citizen) -> None:
    shop = p.till(RENTAL)
    offer, mine = granted(p, me, POWER_BANK)
    number = redeemed(me, shop, offer, mine)
    yes(shop.post(f"/v3/xinyi/redemptions/{number}/completion", {"total_amount": 300}))
    me.expected.append("fulfilled")


def taken_back(p: Province, me: Citizen) -> None:
    shop = p.till(RENTAL)
    offer, mine = granted(p, me, UMBRELLA)
    number = redeemed(me, shop, offer, mine)
    yes(shop.post(f"/v3/xinyi/redemptions/{number}/completion", {"total_amount": 0}))
    me.expected.append("fulfilled")
    yes(shop.post(f"/v3/xinyi/redemptions/{number}/reversal", {"reason": "店员误操作"}))
    me.expected.append("reversed")


def coffee(p: Province, me: Citizen) -> None:
    offer, mine = granted(p, me, COFFEE)
    redeemed(me, p.till(YOUTH), offer, mine)
    me.expected.append("fulfilled")


def service_order(p: Province, me: Citizen) -> None:
    shop, which = p.till(RENTAL), order_words(p)
    out = opened(p, me, shop, which)
    due = {"post_payments": [{"name": "租金", "amount": 300}], "total_amount": 300}
    yes(shop.post(f"/v3/payscore/serviceorder/{out}/complete", {**which, **due}))
    paid = f"{datetime.now(UTC) + timedelta(hours=8):%Y%m%d%H%M%S}"
    yes(shop.post(f"/v3/payscore/serviceorder/{out}/sync",
                  {**which, "type": "Order_Paid", "detail": {"paid_time": paid}}))
    me.expected.append("fulfilled")


def called_off(p: Province, me: Citizen) -> None:
    shop, which = p.till(RENTAL), order_words(p)
    out = opened(p, me, shop, which)
    yes(shop.post(f"/v3/payscore/serviceorder/{out}/cancel", {**which, "reason": "设备故障"}))
    me.expected.append("cancelled")


def order_words(p: Province) -> dict[str, str]:
    return {"appid": p.demo["merchants"][RENTAL]["appid"], "service_id": p.offer(POWER_BANK)["service_id"]}


def opened(p: Province, me: Citizen, shop: Till, which: dict[str, str]) -> str:
    """A service order that the citizen confirmed; its number."""
    out = number_of("SO")
    order = yes(shop.post("/v3/payscore/serviceorder", {
        **which, "out_order_no": out, "service_introduction": "租充电宝", "time_range": {"start_time": "OnAccept"},
        "risk_fund": {"name": "DEPOSIT", "amount": 9900}, "notify_url": p.notify_url}))
    me.agree(p.offer(POWER_BANK)["offer_id"])
    assert yes(me.post(f"/orders/{order['package']}/confirmation"))["state"] == "DOING"
    me.granted += 1
    return out


def too_low(p: Province, me: Citizen) -> None:
    """The one no that is right, with its reason."""
    offer = p.offer(POWER_BANK)["offer_id"]
    me.agree(offer)
    decided = me.decide(offer)
    assert (decided["eligible"], [why["code"] for why in decided["reasons"]]) == (False, ["GRADE_TOO_LOW"])
    no(me.claim(offer), 403, "NOT_ELIGIBLE")


def withdrawal(p: Province, me: Citizen) -> None:
    offer = p.offer(POWER_BANK)["offer_id"]
    consent = me.agree(offer)["grade.read"]["id"]
    assert me.decide(offer)["eligible"] is True
    yes(me.post(f"/consents/{consent}/withdrawal"))
    asked = len(me.looks_of("grade.query"))
    no(me.get("/me/credit-grade"), 403, "CONSENT_REQUIRED")
    no(me.claim(offer), 403, "CONSENT_REQUIRED")
    assert len(me.looks_of("grade.query")) == asked, "a look after the withdrawal"


def grade_changed(p: Province, me: Citizen) -> None:
    offer = p.offer(POWER_BANK)["offer_id"]
    me.agree(offer)
    assert me.decide(offer)["eligible"] is True
    p.tells("grade.changed", me.person, grade="C")
    assert [why["code"] for why in me.decide(offer)["reasons"]] == ["GRADE_TOO_LOW"]
    assert yes(me.get("/me/credit-grade"))["grade"] == "C"


def repaired(p: Province, me: Citizen) -> None:
    offer = p.offer(POWER_BANK)["offer_id"]
    me.agree(offer)
    assert [why["code"] for why in me.decide(offer)["reasons"]] == ["GRADE_TOO_LOW"]
    p.sandbox.control("PUT", f"/people/{me.person.key}", {"grade": "AA"})
    p.tells("record.repaired", me.person)
    assert me.decide(offer)["eligible"] is True


def revoked_there(p: Province, me: Citizen) -> None:
    offer = p.offer(POWER_BANK)["offer_id"]
    me.agree(offer)
    assert me.decide(offer)["eligible"] is True
    p.eventually(lambda: all(p.papers(me)), "registered")
    p.tells("authorization.revoked", me.person)
    no(me.get("/me/credit-grade"), 403, "CONSENT_REQUIRED")
    me.agree(offer)
    assert me.decide(offer)["eligible"] is True


def report(p: Province, me: Citizen) -> None:
    need = yes(me.get("/me/credit-reports/consent"))
    yes(me.post("/me/credit-reports/consent", {name: need[name] for name in ("text_version", "text_digest")}), 201)
    came = yes(me.post("/me/credit-reports"), 201)
    file = me.get(f"/me/credit-reports/{came['id']}/file")
    assert (file.status_code, file.data[:5]) == (200, b"%PDF-")


def disputed(p: Province, me: Citizen) -> None:
    coffee(p, me)
    usage = p.eventually(lambda: (found := me.usages()) and found[-1]["receipt_no"] and found[-1], "receipt")
    p.tells("usage.disputed", record_no=usage["usage_no"], reason="金额不符")
    assert len(yes(me.get("/appeals"))["items"]) == 1


def undertaking(p: Province, me: Citizen) -> None:
    hall, pdf = p.till(HALL), b"%PDF-1.7\n% a made-up form\n%%EOF\n"
    form = {"matter": "个体工商户设立登记", "deferred": ["经营场所使用证明"]}
    _, mine = granted(p, me, HANDLED, form)
    yes(me.post(f"/applications/{mine}/documents", data={"name": "登记申请书"},
                files={"file": ("材料.pdf", pdf, "application/pdf")}), 201)
    template = yes(me.get(f"/applications/{mine}"))["template"]
    assert hashlib.sha256(template["text"].encode()).hexdigest() == template["digest"]
    yes(me.post(f"/applications/{mine}/commitment", {name: template[name] for name in ("template_version", "digest")}),
        201)
    yes(hall.post("/v3/xinyi/verifications", {"presentation": me.show(mine)}))
    path = f"/v3/xinyi/applications/{me.entitlement(mine)['entitlement_no']}"
    yes(hall.post(f"{path}/acceptance", {}))
    yes(hall.post(f"{path}/fulfilment", {"result_no": number_of("F")}))
    me.expected.append("fulfilled")


def red_list_entry(p: Province, me: Citizen) -> None:
    """Listed, told, and for every other one taken off again."""
    entry_no, today = number_of("JX-g"), clock.today()
    entry = red_list.NewEntry(
        entry_no, me.person.name, me.person.id_number, "共青团江西省委员会", "赣青发〔2026〕1号",
        today - timedelta(days=20), today - timedelta(days=10), today, today + timedelta(days=300))
    p.staff(lambda: red_list.list_entry(entry, ACTOR))
    p.entries[entry_no] = "listed"
    if int(me.person.id_number[-4]) % 2:
        p.staff(lambda: red_list.delist(entry_no, "本人申请退出", ACTOR))
        p.entries[entry_no] = "delisted"


def initiative(p: Province, me: Citizen) -> None:
    """Pushed, taken, accepted with a measure, and this month fed back at once."""
    number = number_of("I")
    p.tells("initiative.issued", initiative_no=number)
    p.eventually(lambda: p.staff(lambda: known(number)), "initiative")
    p.staff(lambda: responding.accept(number, ["DEMO-YOUTH-COFFEE"], ACTOR))
    p.answered[number] = "accepted"
    p.eventually(lambda: p.staff(lambda: answered(number)), "response")
    p.staff(lambda: feeding_back.feed_back(number, f"{clock.today():%Y-%m}"))
    p.fed_back.add(number)


def known(number: str) -> bool:
    try:
        return our_initiatives.get(number) is not None
    except InitiativeNotFound:
        return False


def answered(number: str) -> bool:
    said = initiative_queries.whole(number).listed.response
    return said is not None and said.state == "answered"


FACTS: dict[str, dict[str, Any]] = {"coffee": {"red_lists": OUTSTANDING}, "disputed": {"red_lists": OUTSTANDING},
                                    "too_low": {"grade": "C"}, "repaired": {"grade": "D"}}
TOLD: dict[str, Callable[[Province, Citizen], None]] = {
    "rental": rental, "taken_back": taken_back, "coffee": coffee, "service_order": service_order,
    "called_off": called_off, "too_low": too_low, "withdrawal": withdrawal, "grade_changed": grade_changed,
    "repaired": repaired, "revoked_there": revoked_there, "report": report, "disputed": disputed,
    "undertaking": undertaking, "red_list": red_list_entry, "initiative": initiative}


def tell(p: Province, story: Story) -> None:
    """One story from the log-in to its end."""
    me = p.settle_in(story.number, **{"grade": "A", **FACTS.get(story.kind, {})})
    try:
        TOLD[story.kind](p, me)
    except Exception:
        me.uncertain = True
        raise
