"""A merchant's first page."""

from flask.typing import ResponseReturnValue

from app.console.answering import Pages, page
from app.console.guards import console_required, own_merchant
from app.console.nav import Nav
from app.merchants import queries

pages = Pages("merchant", nav=Nav("首页", 0))


@pages.get("/")
@console_required("merchant")
def index() -> ResponseReturnValue:
    merchant = queries.get(own_merchant())
    return page("home.html", title=merchant.name, tiles=[],
                facts=[("商户资料", {"商户号": merchant.mchid, "统一社会信用代码": merchant.uscc})])
