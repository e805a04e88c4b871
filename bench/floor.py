"""The floor: a bare Flask application that does what any program would have to do for the same answer.

The same checks and makings of signatures, and as many SQL statements of each kind, with the same commits, by
SQLAlchemy Core over rows about as wide as ours; nothing else. What it does for a call (BENCH_PLANS) was counted
on the wire of the real application a minute before.
"""

import base64
import json
import os
import secrets
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from flask import Flask, Response, request
from sqlalchemy.dialects.postgresql import JSONB

ROWS = sa.Table(
    "bench_rows", sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True), sa.Column("owner", sa.Uuid), sa.Column("other", sa.Uuid),
    sa.Column("number", sa.Text), sa.Column("name", sa.Text), sa.Column("kind", sa.Text), sa.Column("state", sa.Text),
    sa.Column("terms", JSONB), sa.Column("amount", sa.BigInteger), sa.Column("final", sa.Boolean),
    sa.Column("sealed", sa.LargeBinary), sa.Column("began_at", sa.DateTime(timezone=True)),
    sa.Column("ends_at", sa.DateTime(timezone=True)), sa.Column("created_at", sa.DateTime(timezone=True)))
LOOK, ADD = sa.select(ROWS).where(ROWS.c.id == sa.bindparam("known")), sa.insert(ROWS)
CHANGE = sa.update(ROWS).where(ROWS.c.id == sa.bindparam("known"))
KNOWN = 1000


def row() -> dict[str, Any]:
    """One row of values."""
    now = datetime.now(UTC)
    return {"id": uuid.uuid4(), "owner": uuid.uuid4(), "other": uuid.uuid4(), "number": secrets.token_hex(16),
            "name": "赣江畔共享租借", "kind": "voucher", "state": "claimed", "terms": {"by": "outstanding"},
            "amount": 1800, "final": False, "sealed": secrets.token_bytes(60), "began_at": now, "ends_at": now,
            "created_at": now}


def make_rows(url: str) -> None:
    """The floor's own table with KNOWN rows."""
    engine = sa.create_engine(url)
    ROWS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(ROWS), [row() for _ in range(KNOWN)])
    engine.dispose()


def make_app(environ: dict[str, str]) -> Flask:
    """`POST /<call>`: check the caller's signature, do the call's statements, answer (signed where ours is)."""
    app = Flask("floor")
    plans: dict[str, list[str]] = json.loads(environ["BENCH_PLANS"])
    engine = sa.create_engine(environ["DATABASE_URL"], pool_size=8)
    with engine.connect() as connection:
        known = list(connection.scalars(sa.select(ROWS.c.id).limit(KNOWN)))
    merchant, citizen = (_public(environ[name]) for name in ("BENCH_MERCHANT_KEY", "BENCH_CITIZEN_KEY"))
    own = rsa.generate_private_key(65537, 2048)

    @app.post("/merchant/<call>")
    def of_merchant(call: str) -> Response:
        body = request.get_data()
        parts = dict(part.split("=", 1) for part in request.headers["Authorization"].split(" ", 1)[1].split(","))
        signed = "\n".join(["POST", request.path, parts["timestamp"].strip('"'), parts["nonce_str"].strip('"')])
        merchant.verify(base64.b64decode(parts["signature"].strip('"')), signed.encode() + b"\n" + body + b"\n",
                        padding.PKCS1v15(), hashes.SHA256())
        answer = json.dumps(_do(engine, plans[call], known, json.loads(body))).encode()
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = own.sign(f"{stamp}\n{nonce}\n".encode() + answer + b"\n", padding.PKCS1v15(), hashes.SHA256())
        return Response(answer, content_type="application/json", headers={
            "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode()})

    @app.post("/citizen/<call>")
    def of_citizen(call: str) -> Response:
        signed, _, signature = request.headers["Authorization"].removeprefix("Bearer ").rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        citizen.verify(encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), signed.encode(),
                       ec.ECDSA(hashes.SHA256()))
        answer = _do(engine, plans[call], known, json.loads(request.get_data() or b"{}"))
        return Response(json.dumps(answer), content_type="application/json")

    return app


def _do(engine: sa.Engine, plan: list[str], known: list[uuid.UUID], told: dict[str, Any]) -> dict[str, Any]:
    """psycopg itself says BEGIN before the first statement after a commit."""
    found: Any = None
    with engine.connect() as connection:
        for step in plan:
            match step:
                case "SELECT":
                    found = connection.execute(LOOK, {"known": secrets.choice(known)}).first()
                case "INSERT":
                    connection.execute(ADD, row())
                case "UPDATE":
                    connection.execute(CHANGE, {"known": secrets.choice(known), "state": "used",
                                                "ends_at": datetime.now(UTC)})
                case "COMMIT":
                    connection.commit()
                case "ROLLBACK":
                    connection.rollback()
    return {"number": found.number if found else "", "told": len(told)}


def _public(file: str) -> Any:
    return serialization.load_pem_public_key(Path(file).read_bytes())


if "BENCH_PLANS" in os.environ:
    app = make_app(dict(os.environ))
