"""What the citizens' own doors take and give."""

from marshmallow import INCLUDE, Schema, fields, post_load, validate

from app.identity import names
from app.identity.tokens import REFRESH
from app.identity.verifying import Papers
from app.kernel.fields import ShanghaiTime
from app.kernel.http import Strict

CODE = validate.Regexp(r"^[\x21-\x7e]{1,512}\Z", error="不是微信给出的凭证。")


class LogIn(Strict):
    js_code = fields.String(required=True, validate=CODE, metadata={"description": "From wx.login; good once."})


class Refresh(Strict):
    refresh_token = fields.String(required=True, validate=validate.Regexp(rf"^{REFRESH.pattern}\Z"))


class WhoIn(Schema):
    id = fields.UUID(required=True)
    verified = fields.Boolean(required=True)


class Tokens(Schema):
    access_token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True, metadata={"description": "Good once."})
    citizen = fields.Nested(WhoIn, required=True)


class IdentityIn(Strict):
    name = fields.String(required=True, validate=names.check,
                         metadata={"minLength": 1, "maxLength": names.LONGEST, "example": "林示范"})
    id_number = fields.String(required=True, validate=validate.Length(1, 64),
                              metadata={"description": "18 characters; a lower-case x is taken as X.",
                                        "example": "36010219960307123X"})
    phone_code = fields.String(validate=CODE, metadata={"description": "From getPhoneNumber; good once."})

    @post_load
    def papers(self, data: dict[str, str], **_: object) -> Papers:
        return Papers(**data)


class IdentityOut(Schema):
    verified = fields.Boolean(required=True)


class Me(Schema):
    """Masked: the name's first character, 1+1 of the number, 3+4 of the phone."""

    id = fields.UUID(required=True)
    verified = fields.Boolean(required=True)
    name = fields.String(required=True, allow_none=True, metadata={"example": "林**"})
    id_number = fields.String(required=True, allow_none=True, metadata={"example": "3****************X"})
    phone = fields.String(required=True, allow_none=True, metadata={"example": "199****0001"})
    verified_at = ShanghaiTime(required=True, allow_none=True)
    created_at = ShanghaiTime(required=True)


class Look(Schema):
    id = fields.UUID(required=True)
    at = ShanghaiTime(required=True)
    who = fields.String(required=True)
    what = fields.String(required=True, metadata={"example": "grade.query"})
    purpose = fields.String(required=True)
    consent_id = fields.UUID(required=True, allow_none=True)


class AccessLog(Schema):
    items = fields.List(fields.Nested(Look), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ProofArgs(Strict):
    entry = fields.UUID(metadata={"description": "`id` in the access log; the newest sealed one where it isn't given."})


class BlockOut(Schema):
    """`header` is what `digest` (SHA-256) and `signature` (ECDSA P-256 over SHA-256, DER, base64) are of."""

    no = fields.Integer(required=True)
    size = fields.Integer(required=True)
    root = fields.String(required=True)
    before = fields.String(required=True)
    sealed_at = fields.String(required=True)
    header = fields.String(required=True)
    digest = fields.String(required=True)
    signature = fields.String(required=True)
    key_id = fields.String(required=True)
    public_key = fields.String(required=True)


class Proof(Schema):
    """RFC 9162: SHA-256(0x00 ‖ leaf) and `path` lead to block.root."""

    entry_id = fields.UUID(required=True)
    leaf = fields.String(required=True, metadata={"description": "Canonical JSON, exactly as hashed."})
    leaf_hash = fields.String(required=True)
    place = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)
    block = fields.Nested(BlockOut, required=True)
    head = fields.Nested(BlockOut, required=True)


class Export(Schema):
    """Everything that is held about the citizen; one member for each part of the service that holds something."""

    class Meta:
        unknown = INCLUDE  # for the contract: other packages add their members

    made_at = fields.String(required=True)
    citizen = fields.Dict(required=True)
    logins = fields.List(fields.Dict(), required=True)
    access_log = fields.List(fields.Dict(), required=True)
