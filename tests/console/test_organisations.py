"""The League's tree by its pages: from a province to somebody of a county who sees the League's home.

Break tried: `account_views` that offers operations' roles to the League's people.
"""

import re

import psycopg

from tests.console.browsing import Some, Visit, words
from tests.staff.people import PASSWORD

TREE = "/console/operations/organisations"
LINK = re.compile(r"/console/invitations/[A-Za-z0-9_-]{43}")


def test_from_a_province_to_a_registrar(visitor: Visit, someone: Some, db: psycopg.Connection) -> None:
    system, security = visitor(someone("system_admin")), visitor(someone("security_admin"))
    assert "还没有机构" in words(system.get(f"{TREE}/"))
    place = system.post(f"{TREE}/add", {"name": "示例省委", "region": "360000"}).request.path
    for name, region in (("示例市委", "360100"), ("示例县委", "360102")):
        assert "不能改挂" in words(system.get(place))
        place = system.post(f"{place}/add", {"name": name, "region": region}).request.path
    wrong = system.post(f"{place}/add", {"name": "示例中学", "region": "370102"})
    assert wrong.status_code == 422
    assert "示例中学" in wrong.text, "inputs are kept"
    assert "已更名" in words(system.post(f"{place}/rename", {"name": "示例县团委"}))
    page = system.post(f"{place}/invite", {"login": "wang.county", "name": "示例人员"})
    link = LINK.search(page.text)
    assert link
    visitor().post(link[0], {"password": PASSWORD})
    found = db.execute("SELECT id::text FROM staff_accounts WHERE login = 'wang.county'").fetchone()
    assert found
    account = f"/console/operations/accounts/{found[0]}"
    assert "示例县团委" in words(system.get(account))
    assert "系统管理员" not in words(system.get(f"{account}/roles")).partition("角色")[2]
    system.post(f"{account}/roles", {"role": "registrar", "change": "grant", "reason": "到岗"})
    approve = re.search(r'href="([^"]+/approve)"', security.get("/console/operations/roles/?state=open").text)
    assert approve
    security.post(approve[1])
    assert "登记员" in words(system.get(account))
    listed = words(system.get(f"{TREE}/"))
    assert listed.index("示例省委") < listed.index("示例市委") < listed.index("示例县团委")
    city = re.search(rf'href="({TREE}/[0-9a-f-]+)">　示例市委', system.get(f"{TREE}/").text)
    assert city
    assert "已调入" in words(system.post(f"{city[1]}/take", {"login": "wang.county"}))
    assert "登记员" not in words(system.get(account))


def test_nobody_else_tends_the_tree(visitor: Visit, someone: Some) -> None:
    for role in ("security_admin", "operator", "audit_admin"):
        assert visitor(someone(role)).get(f"{TREE}/").status_code == 403
