"""Which consents an offer takes: derived from the facts that its rules read, one for each scope and recipient."""

from dataclasses import dataclass, field
from typing import Any

from app.consent import wording
from app.kernel.settings import settings
from app.scenario.access import scenarios
from app.scenario.facts import FACTS, GRADE_SCOPE, REPORT_SCOPE, USAGE_SCOPE, VOLUNTEER_SCOPE

# registered there; volunteer.read is ours (decision 0060)
PLATFORM_SCOPES = frozenset({GRADE_SCOPE, REPORT_SCOPE, USAGE_SCOPE})
PLATFORM = "platform"


@dataclass(frozen=True)
class Need:
    """One consent to be asked for, with the exact text. `recipient_id`: "platform", or the provider's USCC."""

    scope: str
    purpose: str
    scenario: str
    recipient_id: str
    recipient: str
    text: str = field(repr=False)
    text_version: str
    text_digest: str

    def shown(self) -> dict[str, Any]:
        """As the citizen's API tells it: {scope, purpose, recipient, text, text_version, text_digest}."""
        names = ("scope", "purpose", "recipient", "text", "text_version", "text_digest")
        return {name: getattr(self, name) for name in names}


def needs_for(facts: frozenset[str], scenario: str, provider_uscc: str, provider_name: str) -> list[Need]:
    """The consents that an offer of `scenario` by this provider takes, in a fixed order; only what is needed.

    `facts` are whitelisted names. Reporting the use is always asked for. Raises KeyError for an unknown scenario.
    """
    asked = {FACTS[name].scope for name in facts} | {USAGE_SCOPE}
    return [_need(scope, scenario, provider_uscc, provider_name)
            for scope in (GRADE_SCOPE, VOLUNTEER_SCOPE, USAGE_SCOPE) if scope in asked]


def own_report() -> Need:
    """The consent to asking for one's own credit report: no offer takes it, and nobody but the citizen gets it."""
    told = settings()
    purpose = f"为本人查阅和下载，向{told.PLATFORM_NAME}查询本人信用报告"
    text = wording.fill(REPORT_SCOPE, {"operator": told.OPERATOR_NAME, "platform": told.PLATFORM_NAME,
                                       "purpose": purpose, "days": str(told.CONSENT_DAYS)})
    return Need(REPORT_SCOPE, purpose, told.REPORT_SCENARIO, PLATFORM, told.PLATFORM_NAME, text.text, text.version,
                text.digest)


def _need(scope: str, scenario: str, provider_uscc: str, provider_name: str) -> Need:
    told, manifest = settings(), scenarios()[scenario].manifest
    purpose = {
        GRADE_SCOPE: manifest.purpose,
        VOLUNTEER_SCOPE: f"为办理{manifest.name}权益核对本人志愿服务时长和星级",
        USAGE_SCOPE: f"为反馈守信激励的使用情况，向{told.PLATFORM_NAME}报送本人使用{manifest.name}权益的记录",
    }[scope]
    text = wording.fill(scope, {
        "operator": told.OPERATOR_NAME, "platform": told.PLATFORM_NAME, "provider": provider_name,
        "scenario": manifest.name, "purpose": purpose, "days": str(told.CONSENT_DAYS),
        "keep_days": str(told.GRADE_KEEP_DAYS), "stale_days": str(told.GRADE_SHOWN_STALE_DAYS)})
    reporting = scope == USAGE_SCOPE
    return Need(scope, purpose, scenario, PLATFORM if reporting else provider_uscc,
                told.PLATFORM_NAME if reporting else provider_name, text.text, text.version, text.digest)
