"""What is public by law: undertakings (their texts), who is publicised, who is on the list."""

from flask.typing import ResponseReturnValue

from app.benefits import commitment_queries
from app.console.portal.answering import PublicPages, listed, shown
from app.kernel.guarding import public
from app.staff import organising
from app.volunteers.outstanding import listing, publicising

pages = PublicPages("lists")


@pages.get("/commitments")
@public
def commitments() -> ResponseReturnValue:
    return shown("commitments.html", title="信用承诺公开", listed=listed(commitment_queries.made_public))


@pages.get("/nominations")
@public
def nominations() -> ResponseReturnValue:
    return shown("nominations.html", title="优秀青年志愿者公示", listed=listed(publicising.public_list),
                 regions=organising.names_by_region(), url="portal_lists.nominations")


@pages.get("/outstanding")
@public
def outstanding() -> ResponseReturnValue:
    return shown("outstanding.html", title="优秀青年志愿者名单", listed=listed(listing.public_list),
                 regions=organising.names_by_region(), url="portal_lists.outstanding")
