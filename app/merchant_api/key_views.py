"""The keys that merchants check us by: certificates sealed for each, and the public set for offline proofs."""

from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from app.benefits import proving
from app.kernel import certificates, clock, jsons
from app.kernel.guarding import public
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.merchant_api.guards import merchant_required
from app.merchants import keeping_keys, rotating, sealing, signing
from app.merchants.errors import KeyUnknown

door = Door("merchant_keys", __name__, url_prefix="/v3", description="Keys by which merchants check us")
JWKS_SECONDS = 300
TEXT = {"type": "string"}
JWK = {"type": "object", "required": ["kty", "crv", "x", "y", "kid", "alg", "use"],
       "properties": {**dict.fromkeys(("x", "y", "kid"), TEXT), "kty": {"const": "EC"}, "crv": {"const": "P-256"},
                      "alg": {"const": "ES256"}, "use": {"const": "sig"}}}


class SealedOut(Schema):
    algorithm = fields.String(required=True)
    nonce = fields.String(required=True)
    associated_data = fields.String(required=True)
    ciphertext = fields.String(required=True)


class CertificateOut(Schema):
    serial_no = fields.String(required=True)
    effective_time = fields.String(required=True, metadata={"format": "date-time"})
    expire_time = fields.String(required=True, metadata={"format": "date-time"})
    encrypt_certificate = fields.Nested(SealedOut, required=True)


class CertificatesOut(Schema):
    data = fields.List(fields.Nested(CertificateOut), required=True)


@door.get("/certificates")
@refuses(KeyUnknown)
@merchant_required
@door.response(200, CertificatesOut)
def certificate_list() -> dict[str, Any]:
    """The certificates of the keys that sign our answers, sealed with the merchant's APIv3 key

    Who comes here without naming one of our public keys is answered by certificate from now on.
    """
    merchant = g.merchant
    if not signing.KEY_ID.fullmatch(request.headers.get("Wechatpay-Serial", "")):
        g.answer_by = signing.CERTIFICATE
        if merchant.answers_by != signing.CERTIFICATE:
            keeping_keys.answer_by(merchant.id, signing.CERTIFICATE)
    keys = rotating.served(signing.SUITES[merchant.suite])
    return {"data": [_told(merchant, key.serial, key.certificate) for key in keys if key.certificate]}


@door.get("/xinyi/proof-keys")
@public
@door.doc(summary="The keys for offline proofs, as a JWK Set", responses={200: {
    "description": "Keep it; ask again for a `kid` that isn't in it.",
    "content": {"application/jwk-set+json": {"schema": {"type": "object", "required": ["keys"], "properties": {
        "keys": {"type": "array", "items": JWK}}}}}}})
def proof_keys() -> ResponseReturnValue:
    answer = Response(jsons.dumps({"keys": proving.public_keys()}), content_type="application/jwk-set+json")
    answer.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    answer.add_etag()
    return answer.make_conditional(request)


def _told(merchant: Any, serial: str | None, pem: str) -> dict[str, Any]:
    begins, ends = certificates.period(pem)
    return {"serial_no": serial, "effective_time": clock.rfc3339(begins), "expire_time": clock.rfc3339(ends),
            "encrypt_certificate": sealing.sealed(merchant, pem.encode(), "certificate")}
