"""An operator's way through an initiative, the red list and the origins of a widget, by commands alone."""

import json
import re

import pytest

from app.benefits import offers
from app.feedback import initiative_queries, initiatives
from app.kernel.db import session
from tests.benefits import ground
from tests.cast import LIN
from tests.feedback import bad_days
from tests.feedback.test_initiatives import issue, take, theirs, told


@pytest.fixture
def run(inside, sandbox):
    sandbox.control("POST", "/reset", {"authorizations": True})
    runner = inside.test_cli_runner()

    def invoked(*words, status=0, typed=None):
        done = runner.invoke(args=list(words), input=typed)
        session().rollback()
        assert done.exit_code == status, done.output
        return done.output

    return invoked


def test_an_initiative_by_commands(run, db, sandbox, tmp_path):
    issue(sandbox)
    assert run("initiatives", "poll") == "1 listed\n"
    like = ground.offer()
    file = tmp_path / "offer.json"
    file.write_text(json.dumps({"title": "守信青年免押借伞"}), "utf-8")
    offer_id = run("initiatives", "offer", "I-1", "UMBRELLA", "--like", like.code, "--file", str(file)).strip()
    assert "OFFER_CODE_TAKEN" in run("initiatives", "offer", "I-1", "UMBRELLA", "--like", like.code, status=1)
    run("offers", "resume", offer_id)
    assert offers.get_live(session().merge(initiative_queries.whole("I-1").offers[0]).id).title == "守信青年免押借伞"
    assert "INITIATIVE_MEASURE_UNKNOWN" in run("initiatives", "accept", "I-1", "NOBODYS", status=1)
    run("initiatives", "accept", "I-1", "UMBRELLA", "--by", "operator:chen")
    bad_days.drain(db, "initiative.response")
    assert theirs(sandbox)["response"]["measures"] == ["UMBRELLA"]
    shown = run("initiatives", "show", "I-1")
    assert "response accepted answered accepted by operator:chen UMBRELLA" in shown
    assert re.search(r"offer +UMBRELLA +live", shown)
    assert run("initiatives", "list", "--state", "accepted").startswith("I-1  accepted")
    month = f"{initiatives.clock.today():%Y-%m}"
    assert run("initiatives", "feedback", "I-1", month, "--note", "试点") == f"{month}: 0 people, 0 uses, 0 fen\n"
    assert run("initiatives", "feedback") == "0 months owed\n"
    assert "INITIATIVE_NOT_FOUND" in run("initiatives", "show", "I-9", status=1)


def test_warned_of_and_declined_by_commands(run):
    take(told(respond_by=initiatives.rfc3339(initiatives.clock.now() + initiatives.timedelta(hours=1))))
    assert run("initiatives", "warn") == "1 warned\n"
    assert "due in 1 working day(s)" in run("initiatives", "list", "--due")
    assert "INITIATIVE_REASON_NEEDED" in run("initiatives", "decline", "I-1", "--reason", " ", status=1)
    run("initiatives", "decline", "I-1", "--reason", "本地区没有相应的服务。")
    assert run("initiatives", "list", "--due") == ""


def test_the_red_list_by_commands(run, db):
    words = ("red-list", "put", "JX-1", "--cited-by", "共青团江西省委员会", "--document-no", "赣青发〔2026〕1号",
             "--publicised", "2026-10-01", "2026-10-08", "--valid", "2026-10-08", "2027-10-07")
    said = run(*words, typed=f"{LIN.name}\n{LIN.id_number}\n")
    assert said.endswith("listed; the platform is told\n")
    assert LIN.name not in said
    assert LIN.id_number not in said
    assert run("red-list", "list", "--unsettled").startswith("JX-1  listed    platform -         owed")
    bad_days.drain(db, "red_list")
    assert run("red-list", "list", "--unsettled") == ""
    assert "answered for it already" in run("red-list", "resend", "JX-1")
    run("red-list", "delist", "JX-1", "--reason", "本人申请退出")
    assert "RED_LIST_ENTRY_UNKNOWN" in run("red-list", "delist", "JX-9", "--reason", "无", status=1)


def test_origins_by_commands(run):
    mchid = ground.enrolling.enrol(ground.enrolling.NewMerchant(
        "示例审批局", "11360100MADEMT001" + ground.uscc.check_character("11360100MADEMT001"), "public_body")).mchid
    run("checks", "allow", mchid, "https://sp.example.gov.cn")
    assert "CHECK_ORIGIN_REFUSED" in run("checks", "allow", mchid, "https://*", status=1)
    assert run("checks", "origins", mchid) == "https://sp.example.gov.cn\n"
    assert run("checks", "disallow", mchid, "https://sp.example.gov.cn") == "disallowed\n"
    assert run("checks", "count") == "asked 0  answered 0  applied 0  none 0\n"
    ground.shop()
    assert "no public body" in run("checks", "allow", "1600000001", "https://sp.example.gov.cn", status=1)
