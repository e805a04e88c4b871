"""The calls that we make at the provincial platform (platform.md, 4.1 to 4.8), by what they say and mean.

Each raises Passing or Permanent, and RuntimeError inside an open transaction (decision 0020 to 0024).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import orjson

from app.gateways.clocks import Clock
from app.gateways.platform import answers, initiatives, sealing, wire
from app.gateways.platform.asking import Ask, Asker, PlatformSettings
from app.gateways.platform.forms import AuthorizationForm, RedListForm
from app.gateways.platform.initiatives import InitiativesPage
from app.gateways.platform.keys import PlatformKeys
from app.gateways.platform.pacing import Pace
from app.gateways.platform.pacing_here import Here
from app.gateways.platform.sealing import Subject
from app.kernel import jsons
from app.kernel.clock import rfc3339

LARGEST_REPORT = 24 * 1024 * 1024  # of the answer; the PDF in it is twice wrapped in base64


class PlatformClient:
    """Thread-safe; make one for each process."""

    def __init__(
        self, settings: PlatformSettings, nonces: wire.NonceGuard, clock: Clock, pace: Pace | None = None
    ) -> None:
        """Without a `pace` of all processes, breakers and windows are this client's own, and there is no rate."""
        self._made_of = settings, nonces, clock
        self._asker = Asker(settings, nonces, clock, pace or Pace(Here(clock)))

    def insisting(self) -> "PlatformClient":
        """The same, for an operator who tries by hand: an open breaker doesn't hold it, announced windows do."""
        return PlatformClient(*self._made_of, self._asker.pace.insisting())

    def ready(self, call: str) -> None:
        """Raises Passing where this call (of pacing.CALLS) would be held back now: ask before writing a look down."""
        self._asker.ready(call)

    def keys(self) -> PlatformKeys:
        """Those in use now."""
        return self._asker.keys.now()

    def verify_identity(self, subject: Subject, phone: str | None = None) -> answers.IdentityAnswer:
        """4.1. `phone`: 11 digits, or None to leave it out."""
        def body(keys: PlatformKeys, nonce: str) -> bytes:
            told = {"subject": sealing.seal_subject(keys, subject, nonce)}
            if phone is not None:
                told["phone"] = sealing.seal_json(keys, phone, nonce)
            return jsons.dumps(told)

        return self._asker.ask(Ask("identity", "POST", "/identities/verifications", body,
                                   lambda heard: answers.identity(heard.data), again=True))

    def register_authorization(self, form: AuthorizationForm) -> answers.RegisteredAuthorization:
        """4.2. The same number with the same content may be registered again and answers the same id."""
        def body(keys: PlatformKeys, nonce: str) -> bytes:
            return jsons.dumps({
                "authorization_no": form.authorization_no,
                "subject": sealing.seal_subject(keys, form.subject, nonce),
                "scopes": form.scopes, "purpose": form.purpose, "scenarios": form.scenarios,
                "document_digest": wire.document_digest(keys.suite, form.document_text),
                "signed_at": rfc3339(form.signed_at), "expires_at": rfc3339(form.expires_at)})

        return self._asker.ask(Ask("authorization", "POST", "/authorizations", body,
                                   lambda heard: answers.authorization(heard.data, form.authorization_no),
                                   statuses=(200, 201), again=True))

    def revoke_authorization(self, authorization_id: str, revoked_at: datetime) -> None:
        """4.2. Idempotent; the first `revoked_at` stands."""
        told = jsons.dumps({"revoked_at": rfc3339(revoked_at)})
        self._asker.ask(Ask("revocation", "POST", f"/authorizations/{_quoted(authorization_id)}/revocation",
                            lambda *_: told, lambda heard: answers.revocation(heard.data), again=True))

    def query_grade(
        self, authorization_id: str, subject: Subject, scenario: str, purpose: str, operator: str,
        *, leave_by: float | None = None,
    ) -> answers.GradeAnswer:
        """4.3. One attempt, one look: never repeated in here. `operator`: system, or staff:<our id>. `leave_by`: an
        instant of the monotonic clock after which it is not sent any more (Passing LATE; decision 0120).
        """
        def body(keys: PlatformKeys, nonce: str) -> bytes:
            return _question(keys, nonce, authorization_id, subject, scenario, purpose, operator)

        return self._asker.ask(Ask("grade", "POST", "/credit-grades/queries", body,
                                   lambda heard: answers.grade(heard.data, heard.answered_at), look=True,
                                   leave_by=leave_by))

    def query_report(
        self, authorization_id: str, subject: Subject, scenario: str, purpose: str, operator: str,
        *, leave_by: float | None = None,
    ) -> answers.ReportAnswer:
        """4.4. A look like 4.3: never repeated in here. `pdf` is open, and its SHA-256 was compared."""
        def body(keys: PlatformKeys, nonce: str) -> bytes:
            return _question(keys, nonce, authorization_id, subject, scenario, purpose, operator)

        return self._asker.ask(Ask("report", "POST", "/credit-reports", body,
                                   lambda heard: answers.report(heard.data, heard.keys, heard.nonce),
                                   max_bytes=LARGEST_REPORT, look=True, leave_by=leave_by))

    def send_batch(self, body: bytes) -> answers.BatchAnswer:
        """4.5. The bytes go out as they are; after a Passing failure send the same bytes again."""
        told = orjson.loads(body)  # our own bytes: no need for the strict reader, which is ten times slower
        record_nos = [record["record_no"] for record in told["records"]]
        return self._asker.ask(Ask("batch", "POST", "/benefit-usages/batches", lambda *_: body,
                                   lambda heard: answers.batch(heard.data, told["batch_no"], record_nos)))

    def reconciliation_page(self, day: date, cursor: str | None = None) -> answers.ReconciliationPage:
        """4.6. Follow `next_cursor` until it is None."""
        path = f"/benefit-usages/reconciliations/{day.isoformat()}{_query('cursor', cursor)}"
        return self._asker.ask(Ask("reconciliation", "GET", path, _no_body,
                                   lambda heard: answers.reconciliation(heard.data, day, cursor)))

    def put_red_list_entry(self, list_code: str, entry_no: str, entry: RedListForm) -> str:
        """4.7. "listed". Again with the same subject replaces; another subject under this number is refused."""
        def body(keys: PlatformKeys, nonce: str) -> bytes:
            return jsons.dumps({
                "subject": sealing.seal_subject(keys, entry.subject, nonce),
                "cited_by": entry.cited_by, "document_no": entry.document_no,
                "publicised_from": entry.publicised_from, "publicised_to": entry.publicised_to,
                "valid_from": entry.valid_from, "valid_to": entry.valid_to})

        return self._asker.ask(Ask("red_list", "PUT", _entry_path(list_code, entry_no), body,
                                   lambda heard: answers.red_list(heard.data, entry_no, "listed")))

    def delete_red_list_entry(self, list_code: str, entry_no: str) -> str:
        """4.7. "delisted"; may be repeated."""
        return self._asker.ask(Ask("red_list_removal", "DELETE", _entry_path(list_code, entry_no), _no_body,
                                   lambda heard: answers.red_list(heard.data, entry_no, "delisted")))

    def initiatives(self, since: str | None = None) -> InitiativesPage:
        """4.8. What was initiated since a cursor (None: all); while `next_cursor`, ask on with it as `since`."""
        return self._asker.ask(Ask("initiatives", "GET", f"/initiatives{_query('since', since)}", _no_body,
                                   lambda heard: initiatives.page(heard.data, since)))

    def respond_initiative(self, initiative_no: str, response: str, reason: str | None, measures: Sequence[str],
                           responded_at: datetime) -> str:
        """4.8. `accepted` with measures or `declined` with a reason, by `respond_by`; the same again is taken."""
        told: dict[str, Any] = {"response": response, "responded_at": rfc3339(responded_at)}
        told |= {"reason": reason} if reason else {}
        told |= {"measures": list(measures)} if measures else {}
        return self._asker.ask(Ask("initiative_response", "POST", f"/initiatives/{_quoted(initiative_no)}/responses",
                                   lambda *_: jsons.dumps(told),
                                   lambda heard: initiatives.response(heard.data, initiative_no, response)))

    def feed_back_initiative(self, initiative_no: str, period: str, beneficiaries: int, usages: int,
                             waived_fen: int, note: str) -> str:
        """4.8. `period` is "YYYY-MM"; the same period replaces. `note` is not empty: the page doesn't say that it
        may be absent. "received".
        """
        told = {"period": period, "beneficiaries": beneficiaries, "usages": usages, "waived_fen": waived_fen,
                "note": note}
        return self._asker.ask(Ask("initiative_feedback", "POST", f"/initiatives/{_quoted(initiative_no)}/feedbacks",
                                   lambda *_: jsons.dumps(told),
                                   lambda heard: initiatives.feedback(heard.data, initiative_no, period)))

    def record_nos_digest(self, record_nos: Iterable[str]) -> str:
        """What 4.6 calls the day's `digest`, over our numbers and in the suite in use; nothing is called."""
        return wire.record_nos_digest(self._asker.keys.now().suite, record_nos)


def _question(
    keys: PlatformKeys, nonce: str, authorization_id: str, subject: Subject, scenario: str, purpose: str, operator: str
) -> bytes:
    return jsons.dumps({
        "authorization_id": authorization_id, "subject": sealing.seal_subject(keys, subject, nonce),
        "scenario": scenario, "purpose": purpose, "operator": operator})


def _no_body(*_: object) -> bytes:
    return b""


def _entry_path(list_code: str, entry_no: str) -> str:
    return f"/red-lists/{_quoted(list_code)}/{_quoted(entry_no)}"


def _query(name: str, cursor: str | None) -> str:
    return "" if cursor is None else f"?{name}={_quoted(cursor)}"


def _quoted(part: str) -> str:
    return quote(part, safe="")
