"""What is asked and told of statements (merchant.md, sections 2 and 3)."""

from marshmallow import Schema, fields, validate

from app.kernel.fields import ascii_id
from app.kernel.http import Strict
from app.merchant_api.schemas import Day

SERVICE = r"[0-9a-f]{32}"
AEAD = validate.OneOf(["AEAD_AES_256_GCM", "AEAD_SM4_GCM"])
FORM = {"description": "YYYY-MM-DD of a day that is over; from 10:00 of the next day on"}


class BillArgs(Strict):
    bill_date = Day(required=True, metadata=FORM)
    service_id = ascii_id(SERVICE, metadata={"description": "Of this service alone"})
    tar_type = fields.String(validate=validate.OneOf(["GZIP"]))


class MerchantBillArgs(Strict):
    bill_date = Day(required=True, metadata=FORM)
    service_id = ascii_id(SERVICE, required=True)
    tar_type = fields.String(validate=validate.OneOf(["GZIP"]), metadata={"description": "Without it: not zipped"})
    encryption_algorithm = fields.String(required=True, validate=AEAD)


class DownloadArgs(Strict):
    token = ascii_id(r"[A-Za-z0-9_-]{40,1024}", required=True)


class BillOut(Schema):
    download_url = fields.String(required=True, metadata={"description": "Fetch it with a signed GET in 5 minutes"})
    hash_type = fields.String(required=True, validate=validate.Equal("SHA256"))
    hash_value = fields.String(required=True, metadata={"description": "Of the file before GZIP, hex"})


class BillPartOut(Schema):
    bill_sequence = fields.Integer(required=True)
    download_url = fields.String(required=True)
    hash_type = fields.String(required=True, validate=validate.Equal("SHA1"))
    hash_value = fields.String(required=True, metadata={"description": "Of the file before GZIP and AEAD, hex"})
    nonce = fields.String(required=True, metadata={"description": "Of the file's AEAD"})
    encrypt_key = fields.String(required=True, metadata={
        "description": "The file's key, for the RSA key that signed (OAEP); for SM2 merchants sealed by the APIv3 key"})
    encrypt_key_nonce = fields.String(metadata={"description": "SM2 merchants only"})
    encrypt_key_associated_data = fields.String(metadata={"description": "SM2 merchants only"})


class MerchantBillOut(Schema):
    download_bill_count = fields.Integer(required=True)
    download_bill_list = fields.List(fields.Nested(BillPartOut), required=True)
