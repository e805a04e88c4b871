"""Providers, known by their USCC, with the keys that their requests are signed with."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import Base
from app.kernel.ids import Id


class Merchant(Base):
    """A merchant or a public body. `apiv3_key_sealed` is sealed by the service at `merchant:<id>|apiv3`."""

    __tablename__ = "merchants"
    __table_args__ = (
        CheckConstraint("mchid ~ '^[0-9]{8,10}$'", name="mchid"),
        CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="uscc"),
        CheckConstraint("kind IN ('merchant', 'public_body')", name="kind"),
        CheckConstraint("state IN ('active', 'paused', 'closed')", name="state"),
        CheckConstraint("suite IN ('WECHATPAY2-SHA256-RSA2048', 'WECHATPAY2-SM2-WITH-SM3')", name="suite"),
        CheckConstraint("answers_by IN ('public_key', 'certificate')", name="answers_by"),
    )
    id: Mapped[Id]
    mchid: Mapped[str] = mapped_column(unique=True)
    appid: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="merchant")
    uscc: Mapped[str] = mapped_column(unique=True)
    uscc_let_through: Mapped[str | None]  # why an operator accepted a number that fails the check
    apiv3_key_sealed: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="active")
    suite: Mapped[str] = mapped_column(default="WECHATPAY2-SHA256-RSA2048")  # both sides sign by it
    answers_by: Mapped[str] = mapped_column(default="public_key")  # where a request doesn't say which key it has
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class MerchantKey(Base):
    """A public key that signs a merchant's requests. Each live one has a slot, of which there are two."""

    __tablename__ = "merchant_keys"
    __table_args__ = (
        UniqueConstraint("merchant_id", "serial_no"),
        UniqueConstraint("merchant_id", "slot"),
        CheckConstraint("slot IN (1, 2)", name="slot"),
        CheckConstraint("(slot IS NULL) = (revoked_at IS NOT NULL)", name="live"),
    )
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    serial_no: Mapped[str]
    public_key_pem: Mapped[str]
    slot: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[str] = mapped_column(default="operator")
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]


class Store(Base):
    """A place of a merchant. `code` is the merchant's own `store_id`."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("merchant_id", "code"),
                      UniqueConstraint("id", "merchant_id"))  # a clerk's store is of the clerk's merchant
    id: Mapped[Id]
    merchant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchants.id"))
    code: Mapped[str]
    name: Mapped[str]
    region: Mapped[str]  # GB/T 2260, 6 digits
    address: Mapped[str]
    closed_at: Mapped[datetime | None]  # nothing is used there from then on


class SigningKey(Base):
    """A key of ours that came after the keyring's: for answers and notifications, or for offline proofs.

    `private_sealed` is PKCS#8 PEM, sealed by the service at `signing-key|<kid>`.
    """

    __tablename__ = "signing_keys"
    __table_args__ = (CheckConstraint("purpose IN ('answers', 'answers_sm2', 'proofs')", name="purpose"),)
    kid: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    private_sealed: Mapped[bytes]
    certificate: Mapped[str | None]
    signs_from: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[str]


class MerchantNonce(Base):
    """A nonce that came with a request which changed something; `id` is a digest of merchant and nonce."""

    __tablename__ = "merchant_nonces"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class NonceEpoch(Base):
    """When Redis was found to have lost its nonces: nothing that was signed before `began_at` is taken."""

    __tablename__ = "nonce_epochs"
    id: Mapped[Id]
    began_at: Mapped[datetime]


class MerchantApplication(Base):
    """Somebody who wants to join. `contact_sealed` is JSON, sealed by the service at
    `merchant-application:<id>|contact`; it goes some time after a refusal.
    """

    __tablename__ = "merchant_applications"
    __table_args__ = (
        CheckConstraint("uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="uscc"),
        CheckConstraint("kind IN ('merchant', 'public_body')", name="kind"),
        CheckConstraint("state IN ('submitted', 'asked', 'approved', 'refused')", name="state"),
        CheckConstraint("(state = 'approved') = (merchant_id IS NOT NULL)", name="approved"),
        CheckConstraint("(state IN ('approved', 'refused')) = (decided_by IS NOT NULL)", name="decided"),
        CheckConstraint("state NOT IN ('asked', 'refused') OR said IS NOT NULL", name="said"),
        Index("ix_merchant_applications_state", "state", "changed_at"),
    )
    id: Mapped[Id]
    application_no: Mapped[str] = mapped_column(unique=True)  # the receipt
    name: Mapped[str]
    uscc: Mapped[str] = mapped_column(index=True)
    uscc_sure: Mapped[bool]  # its check fails, and the applicant says that it is right all the same
    kind: Mapped[str]
    region: Mapped[str]  # GB/T 2260
    plan: Mapped[str]  # which benefits are meant, in the applicant's words
    contact_sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="submitted")
    said: Mapped[str | None]  # our last word: what is missing, or why not
    answered: Mapped[str | None]  # the applicant's last word on what was missing
    merchant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("merchants.id"), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by: Mapped[str | None]


class ApplicationDocument(Base):
    """A paper of an application, sealed by the service at `merchant-application-document:<id>`."""

    __tablename__ = "merchant_application_documents"
    __table_args__ = (CheckConstraint("name IN ('licence', 'authority', 'other')", name="name"),)
    id: Mapped[Id]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("merchant_applications.id", ondelete="CASCADE"),
                                                      index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    content_sealed: Mapped[bytes]
    handed_in_at: Mapped[datetime] = mapped_column(default=clock.now)
