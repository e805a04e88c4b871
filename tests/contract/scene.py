"""What generated calls meet: Liu with consents and entitlements, Mei's shop, a public body; real ids, real bodies."""

import itertools
import secrets
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from app.benefits import claiming, handing_in, presenting
from app.benefits.models import Entitlement, Offer
from app.consent import granting, needs
from app.consent import queries as consents
from app.credit import reports
from app.identity import sealing, tokens
from app.identity.models import Citizen, LoginFamily, RefreshToken
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.ids import new_id
from app.kernel.sealing import keyring
from app.staff import organising
from app.volunteers.certificates import certifying
from app.volunteers.certificates.certifying import Wish
from app.volunteers.outstanding import agreeing, campaigns
from app.volunteers.service import codes as attendance_codes
from app.volunteers.service import organising_activities
from app.volunteers.service.organising_activities import Plan
from tests import cast
from tests.benefits import ground
from tests.consent import ground as consent_ground
from tests.contract.orders import Orders, good
from tests.contract.signers import SIGN
from tests.merchant_api.till import Till
from tests.sandbox_process import Sandbox
from tests.volunteers import league, outstanding_ground

FAST = {"min_grade": "A", "accept_outstanding": True, "matters": ["个体工商户设立登记"], "template_version": "2026-1",
        "required_documents": ["登记申请书"], "deferrable_documents": ["经营场所使用证明"]}
FORM = {"matter": "个体工商户设立登记", "deferred": ["经营场所使用证明"]}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
NEW_EACH_TIME = {"identity_delete_me", "identity_log_out", "identity_verify"}  # these end or change who calls
_numbers = itertools.count(1)


class Scene:
    """Made once over an empty database; the sandbox is the platform."""

    def __init__(self, app: Any, sandbox: Sandbox, shop: Till, body: Till) -> None:
        self.app, self.sandbox, self.shop, self.body = app, sandbox, shop, body
        with app.app_context():
            self.liu = consent_ground.citizen(cast.LIU)
            self.rental, self.voucher = ground.offer(), ground.voucher(quota_total=10**6, quota_per_day=10**6)
            self.fast = ground.offer(scenario="fast_track", terms=FAST, mchid=body.mchid, title="容缺受理", value_fen=0)
            for offer in (self.rental, self.voucher, self.fast):
                ground.agrees(self.liu, offer)
            self.token = logged_in(self.liu)[0]
            self.order = self._claimed(self.rental)
            self.application = self._claimed(self.fast, FORM)
            self.consent_id = consents.all_of(self.liu.id)[0].id
            self.sent = self._sent()
            self.check = self.body.post("/v3/xinyi/checks", self._check()).json
            self.redeemed = self._redeemed()
            self.orders = Orders(shop, self.rental.service_id, self._call)
            self.report_id = self._report()
            given = consent_ground.registered(consent_ground.citizen(cast.JI))
            self.revoked = consents.get(given.id).authorization_id
            self.nomination = self._nominated()
            self.certificate = certifying.ask(self.liu, Wish(clock.today() - timedelta(days=30), clock.today()))
            self.activity = self._held()

    def path(self, operation_id: str, names: set[str]) -> dict[str, str]:
        """Path parameters that lead somewhere."""
        mine = {"applications": self.application, "merchant": self.sent}.get(operation_id.partition("_")[0], self.order)
        real = {"offer_id": self.rental.id, "entitlement_id": mine.id, "consent_id": self.consent_id,
                "entitlement_no": mine.entitlement_no, "out_redemption_no": self.redeemed,
                "document_id": self.document_id, "report_id": self.report_id,
                "code": self.check["qr_content"], "mchid": self.body.mchid,
                "out_check_no": self.check["out_check_no"], "nomination_id": self.nomination.id,
                "certificate_id": self.certificate.id}
        real |= self.orders.path(operation_id)
        return {name: str(real[name]) for name in names & real.keys()}

    def headers(self, operation_id: str, security: list[Mapping[str, Any]]) -> dict[str, str]:
        """What shows that the caller is who the operation asks for."""
        schemes = {name for told in security for name in told}
        if "citizen" in schemes:
            token = self.fresh_token() if operation_id in NEW_EACH_TIME else self.token
            return {"Authorization": f"Bearer {token}"}
        if "merchant" in schemes:
            return {"Authorization": SIGN}
        if "widget" in schemes:
            return {"Authorization": f"Check {self.check['widget_token']}"}
        return {"X-Signature": SIGN} if "platform" in schemes else {}

    def fresh_token(self) -> str:
        """The token of somebody new, who isn't verified."""
        with self.app.app_context():
            return logged_in(unverified())[0]

    def bodies(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """By operation: a body that is right in every part, made anew each time."""
        return {
            "identity_log_in": lambda: {"js_code": cast.js_code(self.sandbox, cast.ALI, device=secrets.token_hex(4))},
            "identity_refresh": self._refresh,
            "identity_verify": lambda: cast.WU.papers,
            "benefits_consent": self._agreement,
            "benefits_claim": dict,
            "credit_report_consent": self._report_agreement,
            "credit_report_asked_for": dict,
            "benefits_decision": dict,
            "presentations_presentation": dict,
            "applications_document": lambda: {"name": "登记申请书", "file": PDF.decode()},
            "applications_commitment": lambda: {"template_version": "2026-1", "digest": "0" * 64},
            "appeals_open_appeal": lambda: {"about": {"kind": "grade"}, "text": "请复核"},
            "volunteers_application": lambda: {"region": "360100"},
            "attendances_scan": self._on_the_screen,
            "certificates_ask": lambda: {"period_from": (clock.today() - timedelta(days=30)).isoformat(),
                                         "period_to": clock.today().isoformat()},
            "nominations_consent": self._publicity,
            "nominations_answer": lambda: {"text": "记录由学校代填，本人已申请更正。"},
            **self.orders.bodies(),
            "merchant_api_verification": lambda: {"presentation": self._code()},
            "merchant_api_redemption": self._redemption,
            "merchant_api_completion": lambda: {"total_amount": 0},
            "merchant_api_reversal": lambda: {"reason": "测试撤销"},
            "merchant_applications_supplement": lambda: {"missing": ["经营场所使用证明"], "due": self._due()},
            "merchant_applications_fulfilment": lambda: {"result_no": "R-1"},
            "merchant_applications_rejection": lambda: {"legal_ground": "《示例条例》第一条", "reason": "材料不全"},
            "merchant_checks_asked": self._check,
            "merchant_checks_response": lambda: {"officer": "W-07"},
            "checks_consents": lambda: {"consents": []},
            "embed_response": lambda: {"applied": None},
            "platform_api_event": lambda: {
                "event_id": f"E{uuid.uuid4().hex}", "seq": next(_numbers), "type": "authorization.revoked",
                "occurred_at": clock.rfc3339(clock.now()),
                "data": {"authorization_id": self.revoked, "revoked_at": clock.rfc3339(clock.now())}},
        }

    def _call(self, method: str, path: str, json: Any = None) -> Any:
        return good(self.app.test_client().open(path, method=method, json=json, headers={
            "Authorization": f"Bearer {self.token}"}))

    def _refresh(self) -> dict[str, str]:
        with self.app.app_context():
            return {"refresh_token": logged_in(unverified())[1]}

    def _agreement(self) -> dict[str, str]:
        with self.app.app_context():
            need = ground.offers.needs(self.voucher)[0]
            return {"offer_id": str(self.voucher.id), "scope": need.scope, "text_version": need.text_version,
                    "text_digest": need.text_digest}

    def _report_agreement(self) -> dict[str, str]:
        with self.app.app_context():
            need = needs.own_report()
            return {"text_version": need.text_version, "text_digest": need.text_digest}

    def _nominated(self) -> Any:
        tree = outstanding_ground.league()
        volunteer = outstanding_ground.volunteer(self.liu, days=1)
        with transaction():  # the demo data has them elsewhere
            volunteer.organisation_id, volunteer.organisation_path = tree.east.id, tree.east.path
        return outstanding_ground.nominated(tree, outstanding_ground.campaign(tree), volunteer)

    def _held(self) -> uuid.UUID:
        """An activity that goes on now, of the county where the citizen is a volunteer."""
        own = organising.within("/", self.nomination.organisation_id)
        now = clock.now()
        return organising_activities.make(league.scope(own, "hours_officer"), Plan(
            "社区清洁", "示例社区", now - timedelta(hours=1), now + timedelta(hours=9), "清扫", "没有明显风险")).id

    def _on_the_screen(self) -> dict[str, str]:
        with self.app.app_context():
            return {"code": attendance_codes.code("I", self.activity, attendance_codes.step_of(clock.now()))}

    def _publicity(self) -> dict[str, str]:
        with self.app.app_context():
            need = agreeing.needs(campaigns.get(self.nomination.campaign_id))[1]
            return {"scope": need.scope, "text_version": need.text_version, "text_digest": need.text_digest}

    def _report(self) -> uuid.UUID:
        need = needs.own_report()
        granting.grant(self.liu, need, need.text_version, need.text_digest)
        return reports.ask_for(self.liu).id

    def _redemption(self) -> dict[str, Any]:
        return {"out_redemption_no": f"MADE-{next(_numbers)}", "service_id": self.voucher.service_id,
                "presentation": self._code()}

    def _check(self) -> dict[str, Any]:
        return {"out_check_no": f"CHECK-{next(_numbers)}", "matter": "设立登记", "service_ids": [self.fast.service_id]}

    def _due(self) -> str:
        return clock.add_working_days(clock.today(), 20).isoformat()

    def _code(self) -> str:
        """A fresh code of a fresh voucher."""
        with self.app.app_context():
            return presenting.present(self.liu.id, self._claimed(self.voucher).id).code

    def _claimed(self, offer: Offer, form: dict[str, Any] | None = None) -> Entitlement:
        return claiming.claim(self.liu, offer.id, None, form)

    def _sent(self) -> Entitlement:
        """An application that is complete and was shown to the public body."""
        sent = self._claimed(self.fast, FORM)
        self.document_id = handing_in.hand_in(self.liu.id, sent.id, "登记申请书", handing_in.File("a.pdf", PDF)).id
        text = handing_in.template(sent)
        assert text is not None
        handing_in.sign(self.liu.id, sent.id, text["template_version"], text["digest"])
        code = presenting.present(self.liu.id, sent.id).code
        assert self.body.post("/v3/xinyi/verifications", {"presentation": code}).json["eligible"] is True
        return sent

    def _redeemed(self) -> str:
        number = f"ORDER-{next(_numbers)}"
        entitlement = self._claimed(self.rental)
        answer = self.shop.post("/v3/xinyi/redemptions", {
            "out_redemption_no": number, "service_id": self.rental.service_id,
            "presentation": presenting.present(self.liu.id, entitlement.id).code})
        assert answer.status_code == 200, answer.text
        return number


def unverified() -> Citizen:
    """Somebody who has logged in for the first time."""
    made = Citizen(id=new_id(), openid_index=sealing.openid_index(secrets.token_hex(8)))
    made.data_key = sealing.new_key(made.id)
    made.openid_sealed = sealing.seal_for(made, sealing.OPENID, b"o-somebody")
    with transaction() as s:
        s.add(made)
    return made


def logged_in(citizen: Citizen) -> tuple[str, str]:
    """An access token and a refresh token, as a log-in gives them."""
    family = LoginFamily(id=new_id(), citizen_id=citizen.id)
    refresh, digest = tokens.new_refresh()
    with transaction() as s:
        s.add(family)
        s.flush()
        s.add(RefreshToken(digest=digest, family_id=family.id, expires_at=clock.day_end(clock.today())))
    return tokens.access(keyring().tokens, tokens.Session(citizen.id, family.id), 3600), refresh
