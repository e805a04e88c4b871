"""First look."""
from tests.console.browsing import words

def test_log_in(visitor, someone):
    who = someone("operator")
    v = visitor()
    r = v.log_in(who)
    print(words(r)); assert "首页" in words(r)
    for role, paths in {"system_admin": ["/console/operations/accounts/", "/console/operations/accounts/invite","/console/operations/roles/","/console/account/"], "audit_admin": ["/console/operations/audit/"], "operator": ["/console/operations/merchants/"]}.items():
        b = visitor(someone(role))
        for p in paths:
            r = b.get(p); print(r.status_code, words(r)[:400]); assert r.status_code == 200
