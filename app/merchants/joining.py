"""Somebody who wants to join: their application with its papers, their look at how it stands, and what they add."""

import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select, update

from app.kernel import clock, jsons, media
from app.kernel.db import session, transaction
from app.kernel.ids import new_id
from app.kernel.sealing import sealer
from app.merchants import queries, uscc
from app.merchants.errors import (
    ApplicationStateWrong,
    ApplicationUnknown,
    FieldRefused,
    MerchantExists,
    PaperMissing,
    PaperRefused,
    PapersTooMany,
    UsccInvalid,
    UsccUnsure,
)
from app.merchants.models import ApplicationDocument, MerchantApplication
from app.staff import tries
from app.trail import writing

PAPERS = {"licence": "营业执照或法人证书", "authority": "经办人授权书", "other": "其他材料"}
MOST_PAPERS = 12  # of one application, in all
NUMBER = re.compile(r"J[0-9A-F]{16}")
PHONE = re.compile(r"1[3-9][0-9]{9}")
WHO = "入驻申请人"


@dataclass(frozen=True)
class Contact:
    """Whom to ask, and who is to be the first manager."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True)
class NewApplication:
    """What an applicant tells. `sure`: the USCC is right although its check fails."""

    name: str
    uscc: str
    kind: str
    region: str
    plan: str
    contact: Contact
    papers: Mapping[str, bytes] = field(repr=False)  # of PAPERS, licence at least
    sure: bool = False


def apply(new: NewApplication, address: str | None) -> MerchantApplication:
    """Taken for an operator to look at; `application_no` is the receipt. `address`: the network it comes from.

    Raises LockedOut (too many from there), UsccInvalid, UsccUnsure, MerchantExists, FieldRefused, PaperMissing,
    PaperRefused.
    """
    tries.count("network", f"join|{tries.network(address)}")
    _check(new)
    identity = new_id()
    contact = jsons.dumps({"name": new.contact.name, "phone": new.contact.phone})
    made = MerchantApplication(
        id=identity, application_no=f"J{secrets.token_hex(8).upper()}", name=new.name, uscc=new.uscc, kind=new.kind,
        uscc_sure=not uscc.valid(new.uscc), region=new.region, plan=new.plan,
        contact_sealed=sealer().seal_service(place(identity), contact))
    with transaction() as s:
        s.add(made)
        s.flush()
        _keep(identity, new.papers)
        _tell(identity, "joining.applied", "提交入驻申请")
    return made


def look(application_no: str, tail: str) -> MerchantApplication:
    """The application of this receipt, for who knows the last four digits of its phone.

    Tries are counted by receipt. Raises LockedOut, ApplicationUnknown.
    """
    if not NUMBER.fullmatch(application_no) or not re.fullmatch(r"[0-9]{4}", tail):
        raise ApplicationUnknown
    tries.count("code", f"join|{application_no}")
    found = session().scalar(select(MerchantApplication).where(MerchantApplication.application_no == application_no)
                             .execution_options(populate_existing=True))
    if found is None or found.contact_sealed is None or not hmac.compare_digest(contact(found).phone[-4:], tail):
        raise ApplicationUnknown
    tries.forgive("code", f"join|{application_no}")
    return found


def supplement(application_no: str, tail: str, words: str, papers: Mapping[str, bytes]) -> MerchantApplication:
    """What we asked for: words, papers or both; it is ours to look at again.

    Raises LockedOut, ApplicationUnknown, ApplicationStateWrong, PaperMissing, PaperRefused, PapersTooMany.
    """
    found = look(application_no, tail)
    if not papers and not words.strip():
        raise PaperMissing
    with transaction() as s:
        turned = s.execute(
            update(MerchantApplication).where(MerchantApplication.id == found.id, MerchantApplication.state == "asked")
            .values(state="submitted", answered=words.strip() or None, changed_at=clock.now())
            .returning(MerchantApplication.id)).first()
        if turned is None:
            raise ApplicationStateWrong
        _keep(found.id, papers)
        _tell(found.id, "joining.supplemented", "补充入驻申请")
    return found


def contact(application: MerchantApplication) -> Contact:
    """Whom to ask. Raises ApplicationUnknown where that was forgotten."""
    if application.contact_sealed is None:
        raise ApplicationUnknown
    told = jsons.loads(sealer().open_service(place(application.id), application.contact_sealed))
    return Contact(told["name"], told["phone"])


def place(application_id: uuid.UUID) -> str:
    return f"merchant-application:{application_id}|contact"


def paper_place(document_id: uuid.UUID) -> str:
    return f"merchant-application-document:{document_id}"


def _check(new: NewApplication) -> None:
    if not uscc.well_formed(new.uscc):
        raise UsccInvalid
    if not uscc.valid(new.uscc) and not new.sure:
        raise UsccUnsure
    forms = {"name": r"\S(?:.{0,58}\S)?", "kind": "merchant|public_body", "region": "[0-9]{6}"}
    for name, pattern in forms.items():
        if not re.fullmatch(pattern, getattr(new, name)):
            raise FieldRefused(field=name)
    if not PHONE.fullmatch(new.contact.phone) or not re.fullmatch(r"\S(?:.{0,38}\S)?", new.contact.name):
        raise FieldRefused(field="contact")
    if "licence" not in new.papers:
        raise PaperMissing
    if queries.by_uscc(new.uscc) is not None:
        raise MerchantExists


def _keep(application_id: uuid.UUID, papers: Mapping[str, bytes]) -> None:
    there = session().scalar(select(func.count()).select_from(ApplicationDocument)
                             .where(ApplicationDocument.application_id == application_id)) or 0
    if there + len(papers) > MOST_PAPERS:
        raise PapersTooMany
    for name, content in papers.items():
        kind, identity = media.kind_of(content), new_id()
        if name not in PAPERS or kind is None:
            raise PaperRefused
        session().add(ApplicationDocument(
            id=identity, application_id=application_id, name=name, media_type=kind, size=len(content),
            digest=hashlib.sha256(content).hexdigest(),
            content_sealed=sealer().seal_service(paper_place(identity), content)))
    session().flush()


def _tell(application_id: uuid.UUID, what: str, purpose: str) -> None:
    writing.record(None, actor="applicant", who=WHO, what=what, purpose=purpose,
                   about=f"merchant_application:{application_id}")
