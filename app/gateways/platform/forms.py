"""What we tell the platform in calls whose contents are more than a few words (platform.md, section 4)."""

from dataclasses import dataclass
from datetime import date, datetime

from app.gateways.platform.sealing import Subject


@dataclass(frozen=True)
class AuthorizationForm:
    """4.2. `document_text` is the exact text that the citizen agreed to; only its digest travels."""

    authorization_no: str
    subject: Subject
    scopes: tuple[str, ...]
    purpose: str
    scenarios: tuple[str, ...]
    document_text: str
    signed_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class RedListForm:
    """4.7. Who is put on a list, by whose citation; days in Asia/Shanghai, `valid_from` not before `publicised_to`."""

    subject: Subject
    cited_by: str
    document_no: str
    publicised_from: date
    publicised_to: date
    valid_from: date
    valid_to: date
