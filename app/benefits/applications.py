"""What a public body does with an application that was shown to it: look, accept, call for more, decide."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.benefits import handing_in, life, needing, redeeming
from app.benefits.errors import ApplicationNotShown, NotAnApplication, NotAPublicBody, WrongState
from app.benefits.models import Application, Commitment, Document, Entitlement, Offer, Step, Verification
from app.benefits.needing import Said
from app.identity import queries as citizens
from app.identity import sealing
from app.kernel import clock
from app.kernel.db import retrying, session, transaction
from app.merchants import openids
from app.merchants import queries as merchants
from app.scenario.access import scenarios
from app.scenario.contract import Role

Same = Callable[[Application], bool]


@dataclass(frozen=True)
class Case:
    """An application as its body, or its citizen, may see it. `asked` are documents to be handed in now."""

    entitlement: Entitlement
    offer: Offer
    openid: str
    form: dict[str, Any]
    documents: Sequence[Document]
    asked: Sequence[str]
    commitment: Commitment | None
    application: Application | None


def accept(merchant_id: uuid.UUID, entitlement_no: str) -> Case:
    """Take it in. Raises NotAPublicBody, ApplicationNotShown, WrongState. Again: the same, nothing done."""
    return _act(merchant_id, entitlement_no, "acceptance", lambda _: True, Said(), {})


def call_for(merchant_id: uuid.UUID, entitlement_no: str, missing: Sequence[str], due: date) -> Case:
    """Name what is missing and until when, not earlier than the offer promises. A day off as the last one means the
    next working day (民法典第二百零三条).

    Raises as `accept`, and Unsaid where the date is too early.
    """
    wanted, due = list(dict.fromkeys(missing)), clock.add_working_days(due - timedelta(days=1), 1)
    return _act(merchant_id, entitlement_no, "supplement",
                lambda told: told.missing == wanted and told.supplement_due == due,
                Said(missing=wanted, due=due), {"missing": wanted, "supplement_due": due},
                note=f"请于 {due.isoformat()} 前补交：{'、'.join(wanted)}")


def fulfil(merchant_id: uuid.UUID, entitlement_no: str, result_no: str | None) -> Case:
    """It came to its result; the use is reported. Raises as `accept`."""
    return _act(merchant_id, entitlement_no, "fulfilment", lambda told: told.result_no == result_no, Said(),
                {"result_no": result_no}, note=result_no)


def reject(merchant_id: uuid.UUID, entitlement_no: str, legal_ground: str, reason: str) -> Case:
    """Not by this way; the ordinary one stays open. The citizen reads both texts. Raises as `accept`."""
    return _act(merchant_id, entitlement_no, "rejection",
                lambda told: (told.rejection_ground, told.rejection_reason) == (legal_ground, reason),
                Said(reason=reason, legal_ground=legal_ground),
                {"rejection_ground": legal_ground, "rejection_reason": reason},
                note=f"{reason}（依据：{legal_ground}）")


def look(merchant_id: uuid.UUID, entitlement_no: str) -> Case:
    """All that the citizen sent to this body; the citizen sees the look."""
    with transaction():
        entitlement = _shown(merchant_id, entitlement_no)
        redeeming.tell(merchant_id, entitlement, "application.read", "查看提交的申请")
        return case_of(entitlement)


def open_document(merchant_id: uuid.UUID, entitlement_no: str, document_id: uuid.UUID) -> tuple[Document, bytes]:
    """A document and its bytes; the citizen sees the look. Raises ApplicationNotShown."""
    with transaction() as s:
        entitlement = _shown(merchant_id, entitlement_no)
        document = s.scalar(select(Document).where(Document.id == document_id,
                                                   Document.entitlement_id == entitlement.id))
        citizen = citizens.get(entitlement.citizen_id)
        if document is None or citizen is None:
            raise ApplicationNotShown
        redeeming.tell(merchant_id, entitlement, "document.read", "查看申请材料")
        return document, sealing.open_for(citizen, handing_in.CONTENT, document.content_sealed)


def case_of(entitlement: Entitlement) -> Case:
    """The application in full, opened; whoever calls has checked who asks."""
    s = session()
    documents = s.scalars(select(Document).where(Document.entitlement_id == entitlement.id)
                          .order_by(Document.handed_in_at, Document.id)).all()
    scenario = scenarios()[entitlement.scenario]
    return Case(
        entitlement, s.get_one(Offer, entitlement.offer_id),
        openids.pairwise(entitlement.merchant_id, entitlement.citizen_id), needing.form_of(entitlement), documents,
        [] if entitlement.final else needing.asked_documents(entitlement, scenario),
        s.scalar(select(Commitment).where(Commitment.entitlement_id == entitlement.id)),
        s.get(Application, entitlement.id))


def as_told(told: Case) -> dict[str, Any]:
    """The members that the citizen and the body both read; what isn't there is left out."""
    said = told.application
    optional = {"commitment": told.commitment, "due": said.supplement_due if said else None,
                "result_no": said.result_no if said else None,
                "legal_ground": said.rejection_ground if said else None,
                "reason": said.rejection_reason if said else None}
    return {"entitlement_no": told.entitlement.entitlement_no, "service_id": told.offer.service_id,
            "title": told.offer.title, "state": told.entitlement.state, "form": told.form,
            "documents": told.documents, "asked": told.asked, "missing": said.missing if said else [],
            **{name: value for name, value in optional.items() if value is not None}}


def _act(merchant_id: uuid.UUID, entitlement_no: str, door: str, same: Same, said: Said,
         told: dict[str, Any], note: str | None = None) -> Case:
    return retrying(lambda: _act_once(merchant_id, entitlement_no, door, same, said, told, note))


def _act_once(merchant_id: uuid.UUID, entitlement_no: str, door: str, same: Same, said: Said,
              told: dict[str, Any], note: str | None) -> Case:
    with transaction() as s:
        shown = _shown(merchant_id, entitlement_no)
        entitlement = redeeming.hold(shown.id, shown.citizen_id)
        name = getattr(scenarios()[entitlement.scenario].manifest.doors, door)
        application = s.get(Application, entitlement.id, populate_existing=True)
        if _done(entitlement, name, door, application) and application is not None and same(application):
            return case_of(entitlement)
        if name is None or life.run_out(entitlement, clock.now()):
            raise WrongState(state=entitlement.state)
        life.move(entitlement, name, Role.MERCHANT, note=note, said=said)
        if application is None:
            application = Application(entitlement_id=entitlement.id, missing=[])
            s.add(application)
        for column, value in {**told, "updated_at": clock.now()}.items():
            setattr(application, column, value)
        s.flush()
        redeeming.tell(merchant_id, entitlement, f"application.{door}", "办理提交的申请")
        return case_of(entitlement)


def _done(entitlement: Entitlement, name: str | None, door: str, application: Application | None) -> bool:
    """Whether this was done before. A call for supplements may be made again once the last one was answered."""
    if name is None or application is None:
        return False
    moves = session().scalars(select(Step.move).where(Step.entitlement_id == entitlement.id)
                              .order_by(Step.at, Step.id)).all()
    return name in (moves[-1:] if door == "supplement" else moves)


def _shown(merchant_id: uuid.UUID, entitlement_no: str) -> Entitlement:
    """The application, where it is for this body and its citizen has shown it there; else it isn't there."""
    if merchants.get(merchant_id).kind != "public_body":
        raise NotAPublicBody
    s = session()
    entitlement = s.scalar(
        select(Entitlement).where(Entitlement.entitlement_no == entitlement_no,
                                  Entitlement.merchant_id == merchant_id)
        .execution_options(populate_existing=True))
    if entitlement is None or s.scalar(
            select(Verification.id).where(Verification.merchant_id == merchant_id, Verification.eligible,
                                          Verification.entitlement_id == entitlement.id).limit(1)) is None:
        raise ApplicationNotShown
    if entitlement.kind != "application":
        raise NotAnApplication
    return entitlement
