"""Every door is guarded by name, and documented whole."""

import re
from typing import Any

from flask import Flask

from app.console.sitemap import PAGES

GUARDS = {"widget", "public", "citizen", "verified", "merchant", "platform"}
PUBLIC = {  # a new public door is a decision: it is written here
    "health.healthz", "health.readyz", "health.metrics", "docs.openapi", "docs.docs", "identity.log_in",
    "identity.refresh", "merchant_keys.proof_keys", "embed.script", "embed.page",
    "benefits.scenarios", "benefits.offer_list", "benefits.offer_detail",
    "console.index", "console.login", "console.logout", "console.invitation", "console.nowhere",
    "console_join.index", "console_join.status", "console_join.supplement", "console_portal_objections.index",
    "portal.index", "portal.scenarios", "portal.scenario", "portal_lists.commitments", "portal_lists.nominations",
    "portal_lists.outstanding", "portal_statistics.index", "portal_certificates.check"}


def guards(app: Flask) -> dict[str, Any]:
    return {rule.endpoint: getattr(app.view_functions[rule.endpoint], "guard", None)
            for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


def console(endpoint: str, guard: str | None) -> bool:
    """A page of the console, guarded by realm and roles (`console:operations:operator`), or for any account."""
    realm = endpoint.partition(".")[0].split("_", maxsplit=2)[1:2]
    return endpoint.startswith("console") and bool(re.fullmatch(
        rf"console:(?:{realm[0]}(?::[a-z_|]+)?)" if realm and realm != ["account"] else r"console(?::(?:code|enrol))?",
        guard or ""))


def test_every_route_names_its_guard(application: Flask) -> None:
    """Fails, as tried, with a route whose guard was taken away, and with one made public."""
    found = guards(application)
    assert {endpoint: name for endpoint, name in found.items()
            if name not in GUARDS and not console(endpoint, name)} == {}
    assert {endpoint for endpoint, name in found.items() if name == "public"} == PUBLIC


def test_every_route_is_in_the_contract(application: Flask) -> None:
    spec = application.extensions["openapi"].spec.to_dict()
    told = {operation["operationId"] for path in spec["paths"].values() for operation in path.values()
            if "operationId" in operation}
    pages = {pages.name for pages in PAGES}  # for people: in no contract (decision 0142)
    assert told == {endpoint.replace(".", "_") for endpoint in guards(application)
                    if endpoint.partition(".")[0] not in pages}
