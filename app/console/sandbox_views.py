"""A sandbox merchant, one click away, for operators and for merchants' managers: all that its system needs, once."""

from collections.abc import Callable
from dataclasses import asdict

from flask import g, request
from flask.typing import ResponseReturnValue

from app.benefits import sandboxing
from app.console.answering import Pages, confirm, page
from app.console.guards import console_required
from app.console.nav import Nav
from app.kernel import jsons
from app.kernel.errors import NotFound
from app.kernel.settings import settings

ROLES = {"operations": "operator", "merchant": "manager"}


def _pages(realm: str, order: int) -> Pages:
    pages = Pages(realm, "sandbox", nav=Nav("沙箱商户", order, (ROLES[realm],), when=sandboxing.allowed))
    guard: Callable[..., Callable[[], ResponseReturnValue]] = console_required(realm, ROLES[realm])

    @pages.route("/", methods=["GET", "POST"])
    @guard
    def index() -> ResponseReturnValue:
        if not sandboxing.allowed():
            raise NotFound
        if request.method == "GET":
            return confirm("建立一个沙箱商户？", "马上得到一个测试用的商户：一家门店、两项权益、一对密钥、APIv3 密钥"
                           "和管理员账号。私钥只显示一次。", act="建立", danger=False, back=f"/console/{realm}/")
        made = sandboxing.make(g.account.actor)
        return page("merchant/sandbox.html", title=made.name, made=made, base_url=settings().PUBLIC_BASE_URL,
                    told=jsons.dumps({"base_url": settings().PUBLIC_BASE_URL, **asdict(made)}).decode())

    return pages


operations, merchant = _pages("operations", 35), _pages("merchant", 70)
