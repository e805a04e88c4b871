"""A counter learns which incentives the applicant who scans may have: titles, yes or no, and nothing else.

Breaks that were tried: the decision's number given to the officer, a check that nobody scanned kept `waiting`, a second
scanner let in, consents granted one by one so that a wrong one leaves the others, a token without its proof, an
officer's identity number taken for the body's own number of the officer; each failed here.
"""

import threading

from app.benefits import queries as benefits
from app.checks import agreeing, codes, guards, reading, recording
from app.checks.errors import CheckTaken
from app.identity import queries as citizens
from app.kernel import clock
from tests.benefits import ground
from tests.cast import LIN, MEI, WU
from tests.checks.conftest import BETTER, TITLE, agree, agreements, ask, comes, widget

NUMBERS = {"check_no", "out_check_no", "expires_at", "widget_token", "qr_content"}


def seen(body, number="C-1"):
    """What the officer's system sees, without the numbers."""
    told = body.get(f"/v3/xinyi/checks/{number}").json
    return {name: value for name, value in told.items() if name not in NUMBERS}


def pass_by(db, seconds):
    """All checks are this much older: signed calls need the real clock."""
    db.execute("UPDATE checks SET created_at = created_at - make_interval(secs => %(s)s), "
               "expires_at = expires_at - make_interval(secs => %(s)s), "
               "ends_at = ends_at - make_interval(secs => %(s)s)", {"s": seconds})


def test_the_whole_way(app, sandbox, body):
    asked = ask(body)
    assert (asked["state"], asked["incentives"]) == ("waiting", [])
    me = comes(app, sandbox, LIN)
    shown = me.get(f"/api/v1/checks/{asked['qr_content']}").json
    assert (shown["asked_by"], shown["matter"]) == ("示例商户3", "个体工商户设立登记")
    assert [(each["scope"], each["given"]) for each in shown["consents"]] == [("grade.read", False),
                                                                              ("usage.report", False)]
    assert seen(body)["state"] == "waiting", "looking tells nobody anything"
    mine = agree(me, asked["qr_content"])
    assert mine.status_code == 200, mine.text
    assert {each["title"]: each["eligible"] for each in mine.json["items"]} == {TITLE: True, BETTER: False}
    (no,) = [each for each in mine.json["items"] if not each["eligible"]]
    assert no["reasons"][0]["code"] == "GRADE_TOO_LOW"
    assert "普通程序" in no["ordinary_way"]
    told = body.get("/v3/xinyi/checks/C-1")
    assert {(each["title"], each["eligible"]) for each in told.json["incentives"]} == {(TITLE, True), (BETTER, False)}
    assert all(each.keys() == {"service_id", "title", "eligible"} for each in told.json["incentives"])
    for private in ("GRADE_TOO_LOW", '"A"', LIN.name, LIN.id_number, me.citizen_id, "decision"):
        assert private not in told.get_data(as_text=True)
        assert private not in widget(app, asked["widget_token"]).get_data(as_text=True)
    assert [each["given"] for each in me.get(f"/api/v1/checks/{asked['qr_content']}").json["consents"]] == [True, True]
    with app.app_context():
        (kept,), _ = reading.listed(body.merchant_id, {"limit": 5, "response": None})
        assert all(each.keys() == {"service_id", "title", "eligible"} for each in recording.view(kept)["incentives"])


def test_no_consent_not_eligible_and_nobody_look_the_same(app, db, sandbox, body):
    for number, person, consents in (("C-none", LIN, []), ("C-low", WU, None)):
        answer = agree(comes(app, sandbox, person), ask(body, number)["qr_content"], consents)
        assert not any(each["eligible"] for each in answer.json["items"])
    ask(body, "C-nobody")
    pass_by(db, 301)
    looks = [seen(body, number) for number in ("C-none", "C-low", "C-nobody")]
    assert looks[0]["state"] == "done"
    assert looks[0] == looks[1] == looks[2]


def test_without_consent_nobody_is_asked(app, sandbox, body):
    agree(comes(app, sandbox, LIN), ask(body)["qr_content"], [])
    assert sandbox.control("GET", "/platform/queries")["items"] == []


def test_exactly_what_was_agreed_to_is_granted(app, sandbox, body):
    me, code = comes(app, sandbox, LIN), ask(body)["qr_content"]
    right = agreements(me, code)
    strange = {**right[0], "scope": "volunteer.read"}
    changed = {**right[1], "text_digest": "0" * 64}
    for wrong, code_of_no in ((strange, "CONSENT_NOT_NEEDED"), (changed, "CONSENT_TEXT_CHANGED")):
        answer = agree(me, code, [right[0], wrong])
        assert answer.json["code"] == code_of_no
        assert me.get("/api/v1/consents").json["items"] == [], "all or nothing"
    assert agree(me, code, right[:1]).status_code == 200
    (given,) = me.get("/api/v1/consents").json["items"]
    assert given["scope"] == "grade.read"
    assert not any(each["eligible"] for each in seen(body)["incentives"])


def test_once_answered_it_stands(app, sandbox, body):
    me, code = comes(app, sandbox, LIN), ask(body)["qr_content"]
    first = agree(me, code).json
    asked = len(sandbox.control("GET", "/platform/queries")["items"])
    assert agree(me, code).json == first
    assert len(sandbox.control("GET", "/platform/queries")["items"]) == asked == 1
    for call in (comes(app, sandbox, MEI).get(f"/api/v1/checks/{code}"),
                 agree(comes(app, sandbox, WU), code, [])):
        assert (call.status_code, call.json["code"]) == (409, "CHECK_TAKEN")


def test_where_the_platform_is_away_nothing_is_answered(app, sandbox, body):
    me, code = comes(app, sandbox, LIN), ask(body)["qr_content"]
    sandbox.control("POST", "/faults", {"target": "platform", "path": "/credit-grades", "kind": "html"})
    assert agree(me, code).status_code == 503
    assert seen(body)["state"] == "waiting"
    sandbox.control("DELETE", "/faults")
    assert agree(me, code).status_code == 200
    assert any(each["eligible"] for each in seen(body)["incentives"])


def test_a_check_lives_for_minutes(app, db, sandbox, body):
    me, asked = comes(app, sandbox, LIN), ask(body)
    pass_by(db, 290)
    assert me.get(f"/api/v1/checks/{asked['qr_content']}").status_code == 200
    pass_by(db, 11)
    assert me.get(f"/api/v1/checks/{asked['qr_content']}").json["code"] == "CHECK_NOT_FOUND"
    assert agree(me, asked["qr_content"], []).json["code"] == "CHECK_NOT_FOUND"
    assert widget(app, asked["widget_token"]).json["state"] == "done"
    pass_by(db, 300)
    assert widget(app, asked["widget_token"]).json["code"] == "WIDGET_TOKEN_INVALID"


def test_codes_and_tokens_of_nobodys_making(app, sandbox, body):
    me, asked = comes(app, sandbox, LIN), ask(body)
    code, token = asked["qr_content"], asked["widget_token"]
    mchid, number, proof = token.split(".")
    for wrong in (code[:-1] + ("A" if code[-1] != "A" else "B"), code.lower(), number, code + "A", "K" + "A" * 28):
        assert me.get(f"/api/v1/checks/{wrong}").json["code"] == "CHECK_NOT_FOUND"
    for wrong in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), f"1600000004.{number}.{proof}", code, "",
                  f"{mchid}.{number}.{code[17:]}"):
        assert widget(app, wrong).json["code"] == "WIDGET_TOKEN_INVALID"
    assert app.test_client().get("/embed/v1/checks/current").json["code"] == "WIDGET_TOKEN_INVALID"
    with app.app_context():
        assert codes.read_code(code) == codes.read_token(token)[1] == number
        assert len(code) <= 32, "a mini-program's scene"


def test_asked_again_it_is_the_same_check(body):
    first = ask(body)
    assert ask(body) == first
    answer = body.post("/v3/xinyi/checks", {"out_check_no": "C-1", "matter": "另一事项"})
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_REQUEST")


def test_what_cannot_be_asked(app, body, till_of):
    shop, other = till_of(1), till_of(4, "public_body")
    with app.app_context():
        theirs = ground.voucher().service_id
        mine = benefits.open_of_provider(body.merchant_id, None, 20)[0].service_id
    for till, told, status, code in (
            (shop, {}, 403, "NO_AUTH"), (other, {}, 400, "PARAM_ERROR"),
            *((body, wrong, 400, "PARAM_ERROR") for wrong in (
                {"service_ids": [theirs]}, {"service_ids": [mine, theirs]}, {"service_ids": []}, {"notify": 1},
                {"matter": f"登记 {LIN.id_number}"}, {"matter": "办理 138 0013 8000"}))):
        answer = till.post("/v3/xinyi/checks", {"out_check_no": "C-9", "matter": "设立登记", **told})
        assert (answer.status_code, answer.json["code"]) == (status, code), told
    assert body.get("/v3/xinyi/checks/C-9").json["code"] == "RESOURCE_NOT_EXISTS"
    assert len(ask(body, "C-one", service_ids=[mine, mine])["check_no"]) == 17
    assert other.get("/v3/xinyi/checks/C-one").json["code"] == "RESOURCE_NOT_EXISTS"


def test_the_response_is_recorded_once_and_the_citizen_sees_it(app, sandbox, body):
    asked, me = ask(body), comes(app, sandbox, LIN)
    early = widget(app, asked["widget_token"], "POST", "/response", {"applied": None})
    assert early.json["code"] == "CHECK_WAITING"
    agree(me, asked["qr_content"])
    by_title = {each["title"]: each["service_id"] for each in seen(body)["incentives"]}
    no = widget(app, asked["widget_token"], "POST", "/response", {"applied": by_title[BETTER]})
    assert no.json["code"] == "INCENTIVE_NOT_ANSWERED"
    said = {"applied": by_title[TITLE], "officer": "W-07", "note": "材料后补"}
    named = widget(app, asked["widget_token"], "POST", "/response", {**said, "note": f"张某 {LIN.phone}"})
    assert named.status_code == 422
    for number in (LIN.id_number, LIN.phone):
        assert widget(app, asked["widget_token"], "POST", "/response", {**said, "officer": number}).status_code == 422
        assert body.post("/v3/xinyi/checks/C-1/response", {**said, "officer": number}).json["code"] == "PARAM_ERROR"
    answer = widget(app, asked["widget_token"], "POST", "/response", said)
    assert {name: answer.json["response"][name] for name in said} == said
    assert body.post("/v3/xinyi/checks/C-1/response", said).json["response"] == answer.json["response"]
    other = body.post("/v3/xinyi/checks/C-1/response", {"officer": "W-07"})
    assert (other.status_code, other.json["code"]) == (400, "INVALID_REQUEST")
    log = [(each["what"], each["who"]) for each in me.get("/api/v1/me/access-log").json["items"]]
    assert log.count(("check.answer", "示例商户3")) == log.count(("check.response", "示例商户3")) == 1
    (mine,) = me.get("/api/v1/me/export").json["checks"]
    assert (mine["asked_by"], mine["response"]) == ("示例商户3", "applied")
    with app.app_context():
        day = clock.today()
        assert reading.counts(clock.day_start(day), clock.day_end(day)) == {
            "asked": 1, "answered": 1, "applied": 1, "none": 0}


def test_none_is_a_response_too_also_where_nobody_scanned(db, body):
    ask(body)
    pass_by(db, 290)
    assert body.post("/v3/xinyi/checks/C-1/response", {}).json["code"] == "INVALID_REQUEST"
    pass_by(db, 11)
    assert seen(body)["response"] is None
    assert body.post("/v3/xinyi/checks/C-1/response", {}).json["response"]["applied"] is None


def test_of_two_who_scan_at_once_one_is_answered_for(app, db, body):
    """Two real connections; both people have agreed and have a grade, so that only the last step races."""
    asked = ask(body)
    with app.app_context():
        offer, other = benefits.open_of_provider(body.merchant_id, None, 20)
        people = [ground.ready(number, offer).id for number in (1, 2)]
        for each in people:
            ground.agrees(citizens.get(each), other)
    gate, outcomes = threading.Barrier(2), []

    def scan(citizen_id):
        with app.app_context():
            citizen = citizens.get(citizen_id)
            gate.wait()
            try:
                outcomes.append(agreeing.agree(citizen, asked["qr_content"], []))
            except CheckTaken:
                outcomes.append(None)

    threads = [threading.Thread(target=scan, args=[each]) for each in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each is None for each in outcomes) == [False, True]
    assert db.execute("SELECT count(*) FROM decisions").fetchone() == (2,)
    assert db.execute("SELECT count(*) FROM trail_entries WHERE what = 'check.answer'").fetchone() == (1,)


def test_a_paused_body_has_no_widget(app, db, body):
    asked = ask(body)
    db.execute("UPDATE merchants SET state = 'paused'")
    assert widget(app, asked["widget_token"]).json["code"] == "WIDGET_TOKEN_INVALID"


def test_the_widget_may_not_hurry(app, body, monkeypatch):
    monkeypatch.setattr(guards, "PER_MINUTE", 3)
    token = ask(body)["widget_token"]
    assert [widget(app, token).status_code for _ in range(4)] == [200, 200, 200, 429]
