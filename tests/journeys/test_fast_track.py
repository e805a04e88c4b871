"""信易批 (an application): the form, the documents, the signed undertaking, and what the service hall does with it."""

import hashlib
from typing import Any

from app.kernel import clock
from tests.journeys.walker import Walker, no, yes
from tests.journeys.wire import Answer
from tests.journeys.world import HALL, RENTAL, World
from tests.merchant_api.till import Till

TITLE = "个体工商户登记容缺受理"
NEEDED, LATER = "登记申请书", "经营场所使用证明"
FORM = {"matter": "个体工商户设立登记", "deferred": [LATER], "note": "下午方便"}
PDF = b"%PDF-1.7\n% a made-up form\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n a made-up lease"


def hand_in(walker: Walker, application: str, name: str, content: bytes = PDF) -> Answer:
    return walker.post(f"/applications/{application}/documents", data={"name": name},
                       files={"file": ("材料.pdf", content, "application/pdf")})


def sign(walker: Walker, application: str) -> dict[str, Any]:
    """Read the undertaking and sign exactly that."""
    template = yes(walker.get(f"/applications/{application}"))["template"]
    assert hashlib.sha256(template["text"].encode()).hexdigest() == template["digest"]
    told = {"template_version": template["template_version"], "digest": template["digest"]}
    return dict(yes(walker.post(f"/applications/{application}/commitment", told), 201))


def sent(world: World, **facts: Any) -> tuple[Walker, str, Till, str]:
    """(the citizen, the application, the service hall, its path there): handed in, signed, shown at the window."""
    lin, hall, offer = world.citizen(world.newcomer(**facts)), world.till(HALL), world.offer(TITLE)
    lin.agree(offer["offer_id"])
    mine = yes(lin.claim(offer["offer_id"], FORM), 201)
    path = f"/v3/xinyi/applications/{mine['entitlement_no']}"
    assert hall.get(path).status_code == 404, "not before it was shown"
    assert lin.post(f"/entitlements/{mine['id']}/presentations").json["code"] == "NOT_PRESENTABLE"
    assert yes(hand_in(lin, mine["id"], NEEDED), 201)["digest"] == hashlib.sha256(PDF).hexdigest()
    assert yes(lin.get(f"/applications/{mine['id']}"))["state"] == "draft"
    sign(lin, mine["id"])
    assert yes(lin.get(f"/applications/{mine['id']}"))["state"] == "signed"
    look = yes(hall.post("/v3/xinyi/verifications", {"presentation": lin.show(mine["id"])}))
    assert look["entitlement_no"] == mine["entitlement_no"]
    return lin, mine["id"], hall, path


def test_accepted_with_documents_to_follow_and_fulfilled(world: World) -> None:
    """Fails where a document that is asked for may be left out, where the hall's reading isn't seen by the citizen, or
    where the use isn't reported at the end.
    """
    lin, mine, hall, path = sent(world, grade="A")
    case = yes(hall.get(path))
    assert (case["form"]["matter"], [each["name"] for each in case["documents"]]) == (FORM["matter"], [NEEDED])
    assert not {"grade", "name", "id_number", "phone"} & case.keys()
    opened = hall.get(f"{path}/documents/{case['documents'][0]['id']}")
    assert (opened.status_code, opened.data) == (200, PDF)
    assert yes(hall.post(f"{path}/acceptance", {}))["state"] == "accepted"
    due = clock.add_working_days(clock.today(), 12).isoformat()
    assert yes(hall.post(f"{path}/supplement", {"missing": [LATER], "due": due}))["state"] == "supplement_due"
    seen = yes(lin.get(f"/applications/{mine}"))
    assert (seen["asked"], seen["due"]) == ([LATER], due)
    yes(hand_in(lin, mine, LATER, PNG), 201)
    assert lin.entitlement(mine)["state"] == "accepted"
    assert yes(hall.post(f"{path}/fulfilment", {"result_no": "2026-0001"}))["state"] == "fulfilled"

    usages = world.receipts(lin, 1)
    assert (usages[0]["outcome"], usages[0]["scenario"]) == ("fulfilled", "fast_track")
    world.reconciled(usages)
    assert [step["move"] for step in lin.entitlement(mine)["history"]] == [
        "claim", "submit", "accept", "ask_supplement", "hand_in", "fulfil"]
    by_the_hall = [look["what"] for look in lin.looks() if look["who"] == world.demo["merchants"][HALL]["name"]]
    assert by_the_hall[:3] == ["eligibility.verify", "application.read", "document.read"]
    assert len(by_the_hall) == 6, by_the_hall


def test_rejected_with_a_ground_and_a_reason_and_nobody_is_worse_off(world: World) -> None:
    """Fails where a refusal is reported to the platform or comes without its reason."""
    lin, mine, hall, path = sent(world, grade="D", red_lists=["outstanding_youth_volunteer"])
    assert hall.post(f"{path}/rejection", {"reason": "材料不符"}).status_code == 400, "never without a legal ground"
    told = {"legal_ground": "《市场主体登记管理条例》第十九条", "reason": "经营范围须先取得许可"}
    assert yes(hall.post(f"{path}/rejection", told))["state"] == "rejected"
    seen = yes(lin.get(f"/applications/{mine}"))
    assert (seen["legal_ground"], seen["reason"]) == (told["legal_ground"], told["reason"])
    assert "普通程序" in lin.entitlement(mine)["state_label"]
    assert hall.post(f"{path}/acceptance", {}).json["code"] == "INVALID_REQUEST"
    assert lin.usages() == []
    yes(lin.claim(world.offer(TITLE)["offer_id"], FORM), 201)


def test_what_an_application_refuses(world: World) -> None:
    """Identity data in the note, other files, other people, other bodies."""
    lin, offer = world.citizen(world.newcomer()), world.offer(TITLE)
    lin.agree(offer["offer_id"])
    for note in (f"证件 {lin.person.id_number}", f"电话 {lin.person.phone}"):
        refused = no(lin.claim(offer["offer_id"], {**FORM, "note": note}), 422, "VALIDATION_FAILED")
        assert lin.person.id_number not in str(refused)
    no(lin.claim(offer["offer_id"], {"matter": "没有的事项", "deferred": []}), 422, "VALIDATION_FAILED")
    mine = yes(lin.claim(offer["offer_id"], FORM), 201)["id"]
    no(hand_in(lin, mine, "户口簿"), 422, "DOCUMENT_UNKNOWN")
    no(hand_in(lin, mine, NEEDED, b"MZ\x90 a program"), 422, "DOCUMENT_REFUSED")
    no(lin.post(f"/applications/{mine}/commitment", {"template_version": "2026-1", "digest": "0" * 64}), 409,
       "COMMITMENT_TEXT_CHANGED")
    stranger = world.citizen(world.newcomer())
    no(stranger.get(f"/applications/{mine}"), 404, "ENTITLEMENT_NOT_FOUND")
    no(hand_in(stranger, mine, NEEDED), 404, "ENTITLEMENT_NOT_FOUND")
    yes(hand_in(lin, mine, NEEDED), 201)
    sign(lin, mine)
    number = lin.entitlement(mine)["entitlement_no"]
    look = yes(world.till(RENTAL).post("/v3/xinyi/verifications", {"presentation": lin.show(mine)}))
    assert look["eligible"] is False
    assert world.till(RENTAL).get(f"/v3/xinyi/applications/{number}").status_code in (403, 404)
    assert world.till(HALL).get(f"/v3/xinyi/applications/{number}").status_code == 404
