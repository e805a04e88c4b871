"""From an application to a merchant: applied for by anybody, looked at by an operator, lived in by a manager.

Breaks tried: see each test.
"""

import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg

from app.kernel.errors import Refusal
from app.merchants import admitting, enrolling, uscc
from tests.console.browsing import TOKEN, Some, Visit, Visitor, words
from tests.staff.people import PASSWORD

FIRST = "91360100MADEJN001"
GOOD = FIRST + uscc.check_character(FIRST)
ODD = FIRST + next(each for each in "0123456789" if each != GOOD[-1])
PDF, JPG = b"%PDF-1.7 made up", b"\xff\xd8\xff\xe0 made up"
PHONE = "19900008888"


def told(**other: Any) -> dict[str, Any]:
    return {"name": "示例便利店", "uscc": GOOD, "kind": "merchant", "region": "360100", "plan": "免押金租借雨伞",
            "contact_name": "示例联系人", "contact_phone": PHONE, "licence": (io.BytesIO(PDF), "x.pdf"), **other}


def applied(there: Visitor, **other: Any) -> str:
    """The receipt."""
    answer = there.post("/console/join/", told(**other))
    found = re.search(r"J[0-9A-F]{16}", answer.text)
    assert found, words(answer)
    return found[0]


def looked(there: Visitor, receipt: str, tail: str = PHONE[-4:]) -> Any:
    return there.post("/console/join/status", {"application_no": receipt, "tail": tail})


def listed(operator: Visitor) -> str:
    """The address of the one application in the list."""
    found = re.search(r'/console/operations/joining/[0-9a-f-]{36}', operator.get("/console/operations/joining/").text)
    assert found
    return found[0]


def test_from_an_application_to_a_managers_log_in(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    """Asked for more, given it, approved; the link shown once leads to a manager who sees their own merchant."""
    anybody, operator = visitor(), visitor(someone("operator"))
    receipt = applied(anybody)
    assert "审核中" in words(looked(anybody, receipt))
    one = listed(operator)
    assert operator.post(f"{one}/ask", {"words": "请补充授权书"}).status_code == 200
    assert "请补充授权书" in words(looked(anybody, receipt))
    page = looked(anybody, receipt).text
    added = {"tail": PHONE[-4:], "words": "已补", "authority": (io.BytesIO(JPG), "y.jpg"),
             "csrf_token": TOKEN.search(page)[1]}  # type: ignore[index]
    answer = anybody.client.post(f"/console/join/{receipt}/supplement", data=added)
    assert "已提交" in words(answer), words(answer)
    shown = operator.get(one)
    assert "经办人授权书" in words(shown)
    assert PHONE not in shown.text
    answer = operator.post(f"{one}/approve", {"login": "manager.made"})
    link = re.search(r"/console/invitations/[A-Za-z0-9_-]{43}", answer.text)
    assert link, words(answer)
    assert "<svg" in answer.text
    assert link[0] not in operator.get(one).text
    assert "已通过" in words(looked(anybody, receipt))
    manager = visitor()
    assert manager.post(link[0], {"password": PASSWORD}).status_code == 200
    assert manager.get(link[0]).status_code == 404
    answer = manager.post("/console/login", {"login": "manager.made", "password": PASSWORD})
    assert "启用二次验证" in words(answer)
    row = db.execute("SELECT name, uscc, state FROM merchants").fetchone()
    assert row == ("示例便利店", GOOD, "active")


def test_what_an_applicant_may_not_send(visitor: Visit, db: psycopg.Connection) -> None:
    """Each is told beside its field or above all, and nothing is kept. Break tried: the type by the file's name."""
    there = visitor()
    for wrong, said in (
            ({"uscc": GOOD[:17]}, "长度须"), ({"uscc": GOOD[:17] + "I"}, "校验不通过"), ({"uscc": ODD}, "确认无误"),
            ({"licence": (io.BytesIO(b"MZ made up"), "x.pdf")}, "PDF、JPEG 或 PNG"),
            ({"licence": (io.BytesIO(b""), "")}, "必填"),
            ({"plan": "联系 19900008888"}, "请删去证件号码"), ({"contact_phone": "１９９00008888"}, "格式不对"),
            ({"kind": "bank"}, "须为以下之一"), ({"secret": "1"}, "没有这个字段"), ({"region": "36010"}, "格式不对")):
        answer = there.post("/console/join/", told(**wrong))
        assert answer.status_code == 422, wrong
        assert said in words(answer), (wrong, words(answer))
        assert "示例便利店" in answer.text
        assert "made up" not in answer.text
    assert db.execute("SELECT count(*) FROM merchant_applications").fetchone() == (0,)
    assert db.execute("SELECT count(*) FROM merchant_application_documents").fetchone() == (0,)


def test_who_is_a_merchant_is_told_so(app: Any, visitor: Visit) -> None:
    with app.app_context():
        enrolling.enrol(enrolling.NewMerchant("示例便利店", GOOD))
    answer = visitor().post("/console/join/", told())
    assert answer.status_code == 409
    assert "已登记" in words(answer)


def test_an_odd_code_takes_both_sides_word(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    """The applicant's tick, then the operator's reason, which is kept."""
    operator = visitor(someone("operator"))
    applied(visitor(), uscc=ODD, sure="true")
    one = listed(operator)
    assert "校验不通过" in words(operator.get(one))
    assert operator.post(f"{one}/approve").status_code == 422
    assert db.execute("SELECT count(*) FROM merchants").fetchone() == (0,)
    assert operator.post(f"{one}/approve", {"let_through": "证照如此，已核对原件"}).status_code == 200
    assert db.execute("SELECT uscc_let_through FROM merchants").fetchone() == ("证照如此，已核对原件",)


def test_a_receipt_alone_says_nothing(visitor: Visit, someone: Some) -> None:
    """A wrong tail and a wrong number are one answer, and few tries are left. Break tried: tries not counted."""
    there = visitor()
    receipt = applied(there)
    told_no = {words(looked(there, number, tail)) for number, tail in ((receipt, "0000"), ("J" + "0" * 16, "8888"))}
    assert len({each.replace(receipt, "").replace("J" + "0" * 16, "") for each in told_no}) == 1
    assert "没有找到" in told_no.pop()
    assert PHONE not in there.get(f"/console/join/status?application_no={receipt}").text
    for _ in range(8):
        answer = looked(there, receipt, "1111")
    assert answer.status_code == 429
    assert looked(visitor(), receipt).status_code == 429, "also with the right one, from anywhere"
    sent = there.post(f"/console/join/{receipt}/supplement", {"tail": "8888", "words": "x"}, page="/console/join/")
    assert sent.status_code == 429


def test_many_applications_from_one_place_are_slowed(app: Any, visitor: Visit, db: psycopg.Connection) -> None:
    """Counted before they are looked at. Break tried: the count after the check."""
    there = visitor()
    answers = [there.post("/console/join/", told(uscc=ODD)).status_code for _ in range(25)]
    assert answers[0] == 422
    assert answers[-1] == 429
    assert visitor().get("/console/login").status_code == 200, "others' log-ins from there are counted apart"


def test_no_refused_and_thought_again(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    """The reason is the applicant's to read; undone by one press; each step in the trail by the account's id."""
    anybody, who = visitor(), someone("operator")
    operator = visitor(who)
    receipt = applied(anybody)
    one = listed(operator)
    assert operator.post(f"{one}/refuse", {"reason": ""}).status_code == 422
    page = operator.post(f"{one}/refuse", {"reason": "证照看不清"})
    assert f'action="{one}/reopen"' in page.text
    assert "证照看不清" in words(looked(anybody, receipt))
    assert operator.post(f"{one}/approve").status_code == 409
    assert operator.post(f"{one}/reopen").status_code == 200
    assert "审核中" in words(looked(anybody, receipt))
    told_of = db.execute("SELECT what FROM trail_entries WHERE actor = %s AND what LIKE 'joining%%' ORDER BY id",
                         (f"staff:{who.id}",)).fetchall()
    assert told_of == [("joining.refused",), ("joining.reopened",)]


def test_papers_and_contacts_are_sealed_and_each_look_is_seen(visitor: Visit, someone: Some,
                                                              db: psycopg.Connection) -> None:
    """Whole rows are searched; a look writes to the trail; other roles see nothing. Break tried: content unsealed."""
    operator = visitor(someone("operator"))
    applied(visitor())
    rows = b"".join(repr(row).encode() for table in ("merchant_applications", "merchant_application_documents")
                    for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608 (two names of our own)
    for secret in (PHONE.encode(), "示例联系人".encode(), PDF, repr("示例联系人").encode()):
        assert secret not in rows
    one = listed(operator)
    link = re.search(rf"{one}/papers/[0-9a-f-]{{36}}", operator.get(one).text)
    assert link
    got = operator.get(link[0])
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert PHONE in operator.get(f"{one}/contact").text
    seen = [row[0] for row in db.execute("SELECT what FROM trail_entries WHERE what LIKE '%_read' ORDER BY id")]
    assert seen == ["joining.paper_read", "joining.contact_read"]
    other = visitor(someone("system_admin"))
    for path in (one, link[0], f"{one}/contact", f"{one}/approve"):
        assert other.get(path).status_code == 403
    elsewhere = link[0].replace(one.split("/")[-1], str(uuid.uuid4()))
    assert operator.get(elsewhere).status_code == 404


def test_what_came_to_nothing_is_forgotten(app: Any, visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    """After JOINING_KEEP_DAYS the contact and the papers are gone; what waits for us, or was approved, stays."""
    operator = visitor(someone("operator"))
    receipt = applied(visitor())
    operator.post(f"{listed(operator)}/refuse", {"reason": "不符合"})
    applied(visitor(), uscc=ODD, sure="true")
    db.execute("UPDATE merchant_applications SET changed_at = now() - interval '91 days'")
    with app.app_context():
        assert admitting.forget() == 1
        assert admitting.forget() == 0
    kept = db.execute("SELECT state, contact_sealed IS NULL FROM merchant_applications ORDER BY id").fetchall()
    assert kept == [("refused", True), ("submitted", False)]
    assert db.execute("SELECT count(*) FROM merchant_application_documents").fetchone() == (1,)
    assert looked(visitor(), receipt).status_code == 404


def test_two_operators_at_once_make_one_merchant(app: Any, visitor: Visit, db: psycopg.Connection) -> None:
    """Two real connections. Break tried: `_turn` without its states."""
    applied(visitor())
    identity = db.execute("SELECT id FROM merchant_applications").fetchone()
    assert identity

    def approve(number: int) -> str:
        with app.app_context():
            try:
                return admitting.approve(identity[0], actor=f"operator:{number}").merchant.mchid
            except Refusal as no:
                return no.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(approve, range(4)))
    assert sorted(answers)[1:] == ["JOINING_STATE_WRONG"] * 3
    assert db.execute("SELECT count(*) FROM merchants").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM staff_accounts").fetchone() == (1,)
