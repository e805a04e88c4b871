"""The second factor: a code of thirty seconds (RFC 6238), and ten codes for the day the phone is lost."""

import hmac
import re
import secrets
import uuid

import pyotp
from sqlalchemy import delete, insert, or_, update

from app.kernel import clock
from app.kernel.db import need_transaction, session, transaction
from app.kernel.sealing import sealer
from app.staff.models import Account, RecoveryCode

STEP = 30
ISSUER = "信易+"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read for another
RECOVERY = 10


def enrolled(account: Account) -> bool:
    return account.totp_sealed is not None


def offer(account: Account) -> str:
    """A secret to be put into the authenticator app: the same one until it is proven."""
    if account.totp_next_sealed is None:
        with transaction() as s:
            row = s.get_one(Account, account.id, with_for_update=True, populate_existing=True)
            if row.totp_next_sealed is None:
                row.totp_next_sealed = sealer().seal_service(_place(account.id), pyotp.random_base32(32).encode())
    assert account.totp_next_sealed is not None  # noqa: S101 (the same row of this session)
    return sealer().open_service(_place(account.id), account.totp_next_sealed).decode()


def address(account: Account, secret: str) -> str:
    """The otpauth: address that the QR code holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=ISSUER)


def adopt(account: Account, code: str) -> list[str] | None:
    """In the caller's transaction: the offered secret is the account's from now on, if this code proves it.

    The recovery codes, which are told this once; None where the code is wrong.
    """
    need_transaction()
    row = session().get_one(Account, account.id, with_for_update=True, populate_existing=True)
    if row.totp_next_sealed is None:
        return None
    step = _step_of(sealer().open_service(_place(account.id), row.totp_next_sealed).decode(), code)
    if step is None:
        return None
    row.totp_sealed, row.totp_next_sealed, row.totp_step = row.totp_next_sealed, None, step
    return _fresh_recovery(account.id)


def use(account: Account, code: str) -> bool:
    """In the caller's transaction: whether this is the code of now, or one for recovery; each works once."""
    need_transaction()
    small = re.sub(r"[\s-]", "", code).lower()
    if not re.fullmatch(r"[0-9]{6}", small):
        return _use_recovery(account.id, small)
    if account.totp_sealed is None:
        return False
    step = _step_of(sealer().open_service(_place(account.id), account.totp_sealed).decode(), small)
    if step is None:
        return False
    newer = or_(Account.totp_step.is_(None), Account.totp_step < step)
    return session().execute(update(Account).where(Account.id == account.id, newer).values(totp_step=step)
                             .returning(Account.id)).first() is not None


def forget(account_id: uuid.UUID) -> None:
    """In the caller's transaction: no second factor any more; a new one has to be set up at the next log-in."""
    session().execute(update(Account).where(Account.id == account_id)
                      .values(totp_sealed=None, totp_next_sealed=None, totp_step=None))
    session().execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def put(account_id: uuid.UUID, secret: str) -> None:
    """In the caller's transaction: a secret made elsewhere, for demo accounts."""
    session().execute(update(Account).where(Account.id == account_id).values(
        totp_sealed=sealer().seal_service(_place(account_id), secret.encode()), totp_step=None))


def _step_of(secret: str, code: str) -> int | None:
    """The step whose code this is: now, or one to either side for clocks that go wrong."""
    now = int(clock.now().timestamp()) // STEP
    maker = pyotp.TOTP(secret, interval=STEP)
    given = code.encode()
    right = [step for step in (now - 1, now, now + 1)
             if hmac.compare_digest(maker.at(step * STEP).encode(), given)]
    return right[-1] if right else None


def _fresh_recovery(account_id: uuid.UUID) -> list[str]:
    made = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY)]
    session().execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    session().execute(insert(RecoveryCode), [{"account_id": account_id, "digest": _digest(account_id, code)}
                                             for code in made])
    return [f"{code[:5]}-{code[5:]}" for code in made]


def _use_recovery(account_id: uuid.UUID, code: str) -> bool:
    return session().execute(
        update(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None),
                                   RecoveryCode.digest == _digest(account_id, code))
        .values(used_at=clock.now()).returning(RecoveryCode.account_id)).first() is not None


def _digest(account_id: uuid.UUID, code: str) -> bytes:
    return sealer().index("staff.recovery", f"{account_id}|{code}")


def _place(account_id: uuid.UUID) -> str:
    return f"staff:{account_id}|totp"
