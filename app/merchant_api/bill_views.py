"""Statements: asking for a day's, ours and PayScore's way, and fetching the file."""

import hashlib
import re
from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from app.benefits import downloads, statements
from app.benefits.downloads import Asked
from app.benefits.errors import DownloadOver, NoStatement, OfferNotFound, StatementNotReady
from app.kernel.http import Door
from app.kernel.openapi import refuses
from app.kernel.settings import settings
from app.merchant_api import bill_schemas as schemas
from app.merchant_api.guards import merchant_required

door = Door("merchant_bills", __name__, url_prefix="/v3", description="Merchants' statements")
SERIAL = re.compile(r'serial_no="([0-9A-Za-z]{8,64})"')
FILE = {"schema": {"type": "string", "format": "binary"}}
KINDS = ("text/csv", "application/gzip", "application/octet-stream")


@door.get("/xinyi/bills")
@refuses(StatementNotReady, NoStatement, OfferNotFound)
@merchant_required
@door.arguments(schemas.BillArgs, location="query")
@door.response(200, schemas.BillOut)
def bill(args: dict[str, Any]) -> dict[str, Any]:
    """A day's statement: where to fetch it, and the digest of the file"""
    offer_id = statements.service(g.merchant.id, args["service_id"]) if "service_id" in args else None
    plain = statements.plain(g.merchant.id, args["bill_date"], offer_id)
    asked = downloads.ask(g.merchant.id, args["bill_date"], offer_id, zipped="tar_type" in args)
    return {"download_url": _url(asked), "hash_type": "SHA256", "hash_value": hashlib.sha256(plain).hexdigest()}


@door.get("/payscore/merchant-bill")
@refuses(StatementNotReady, NoStatement, OfferNotFound)
@merchant_required
@door.arguments(schemas.MerchantBillArgs, location="query")
@door.response(200, schemas.MerchantBillOut)
def merchant_bill(args: dict[str, Any]) -> dict[str, Any]:
    """A day's statement of one service, as PayScore tells it: decrypt, then unzip, then compare the digest"""
    offer_id = statements.service(g.merchant.id, args["service_id"])
    plain = statements.plain(g.merchant.id, args["bill_date"], offer_id)
    asked = downloads.ask(g.merchant.id, args["bill_date"], offer_id, zipped="tar_type" in args,
                          algorithm=args["encryption_algorithm"])
    digest = hashlib.sha1(plain, usedforsecurity=False).hexdigest()  # what WeChat Pay's clients compare
    return {"download_bill_count": 1, "download_bill_list": [
        {"bill_sequence": 1, "download_url": _url(asked), "hash_type": "SHA1", "hash_value": digest,
         "nonce": asked.nonce, **downloads.key_for(asked, _serial())}]}


@door.get("/billdownload/file")
@refuses(DownloadOver, StatementNotReady, NoStatement)
@merchant_required
@door.arguments(schemas.DownloadArgs, location="query")
@door.doc(responses={200: {"description": "The file", "content": dict.fromkeys(KINDS, FILE)}})
def bill_file(args: dict[str, Any]) -> ResponseReturnValue:
    """The file itself, by the address that was given"""
    body, kind = downloads.file(downloads.opened(args["token"], g.merchant.id))
    answer = Response(body, content_type=kind)
    answer.headers["Content-Disposition"] = "attachment"
    return answer


def _url(asked: Asked) -> str:
    return f"{settings().PUBLIC_BASE_URL}/v3/billdownload/file?token={downloads.token(asked)}"


def _serial() -> str:
    """The key that this request was signed with."""
    found = SERIAL.search(request.headers.get("Authorization", ""))
    return found[1] if found else ""
