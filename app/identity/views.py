"""The citizens' own doors: sessions, me, real name, who looked, export, deletion."""

import uuid
from typing import Any

from flask import Response, current_app, g, request

from app.identity import (
    belonging,
    erasing,
    errors,
    exporting,
    names,
    schemas,
    sealing,
    signing_in,
    telling,
    tokens,
    verifying,
)
from app.identity.guards import citizen_required
from app.identity.models import Citizen
from app.kernel import jsons, redis
from app.kernel.errors import NotFound, TooMany
from app.kernel.guarding import public
from app.kernel.http import Door, PageArgs
from app.kernel.openapi import refuses
from app.trail import proving
from app.trail import queries as trail
from app.trail.errors import NotSealedYet

HANDLERS = (telling,)  # sends what is owed
door = Door("identity", __name__, url_prefix="/api/v1", description="Citizens: log-in, real name, own data.")


@door.route("/sessions", methods=["POST"])
@public
@refuses(errors.JsCodeInvalid, errors.JsCodeUsed, errors.WechatRateLimited, errors.WechatBlocked,
         errors.WechatUnavailable, TooMany)
@door.arguments(schemas.LogIn)
@door.response(201, schemas.Tokens)
def log_in(told: dict[str, str]) -> dict[str, Any]:
    """Log in by WeChat."""
    redis.limit(f"login:{request.remote_addr or 'local'}", current_app.config["LOGIN_PER_MINUTE"], 60)
    return _session(*signing_in.sign_in(told["js_code"], _lives()))


@door.route("/sessions/refresh", methods=["POST"])
@public
@refuses(errors.RefreshInvalid, errors.RefreshReused)
@door.arguments(schemas.Refresh)
@door.response(200, schemas.Tokens)
def refresh(told: dict[str, str]) -> dict[str, Any]:
    """A new pair of tokens; a refresh token that is used twice ends the whole log-in."""
    return _session(*signing_in.refresh(told["refresh_token"], _lives()))


@door.route("/sessions/current", methods=["DELETE"])
@citizen_required
@door.response(204)
def log_out() -> None:
    """Log out, at once."""
    signing_in.sign_out(g.family_id)


@door.route("/me", methods=["GET"])
@citizen_required
@door.response(200, schemas.Me)
def me() -> dict[str, Any]:
    """Who I am, masked."""
    citizen: Citizen = g.citizen
    name, number, phone = sealing.name_of(citizen), sealing.id_number_of(citizen), sealing.phone_of(citizen)
    return {"id": citizen.id, "verified": citizen.verified, "name": name and names.masked(name),
            "id_number": number and f"{number[0]}{'*' * 16}{number[-1]}",
            "phone": phone and f"{phone[:3]}****{phone[-4:]}",
            "verified_at": citizen.verified_at, "created_at": citizen.created_at}


@door.route("/me", methods=["DELETE"])
@citizen_required
@refuses(errors.OpenOrders)
@door.response(204)
def delete_me() -> None:
    """Delete me: the key that opens my data is destroyed."""
    erasing.erase(g.citizen.id)


@door.route("/me/identity", methods=["PUT"])
@citizen_required
@refuses(errors.IdNumberInvalid, errors.GuardianNeeded, errors.PhoneCodeInvalid, errors.PhoneNotMainland,
         errors.IdentityMismatch, errors.IdentityTaken, errors.IdentityBound, errors.PlatformUnavailable,
         errors.WechatUnavailable, errors.TriesUsedUp)
@door.arguments(schemas.IdentityIn)
@door.response(200, schemas.IdentityOut)
def verify(papers: verifying.Papers) -> dict[str, bool]:
    """Real-name check."""
    citizen = verifying.verify(g.citizen, papers, current_app.config["IDENTITY_TRIES_PER_DAY"])
    return {"verified": citizen.verified}


@door.route("/me/access-log", methods=["GET"])
@citizen_required
@door.arguments(PageArgs, location="query")
@door.response(200, schemas.AccessLog)
def access_log(args: dict[str, Any]) -> dict[str, Any]:
    """Who looked at what of mine, when, why, by which consent."""
    items, following = trail.of_citizen(g.citizen.id, args, belonging.records(g.citizen))
    return {"items": items, "next_cursor": following}


@door.route("/me/access-log/proof", methods=["GET"])
@citizen_required
@refuses(NotFound, NotSealedYet)
@door.arguments(schemas.ProofArgs, location="query")
@door.response(200, schemas.Proof)
def access_proof(args: dict[str, uuid.UUID]) -> dict[str, Any]:
    """The proof that an entry stands in the tamper-evident trail."""
    mine = g.citizen.id, belonging.records(g.citizen)
    entry = trail.own(mine[0], args["entry"], mine[1]) if "entry" in args else trail.newest_sealed(*mine)
    if entry is None:
        raise NotFound
    return proving.proof(entry.id)


@door.route("/me/export", methods=["GET"])
@citizen_required
@door.response(200, schemas.Export)
def export() -> Response:
    """All of my data."""
    answer = Response(jsons.dumps(exporting.export(g.citizen)), content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="xinyi-export.json"'
    return answer


def _lives() -> tokens.Lives:
    return tokens.Lives(current_app.config["ACCESS_TOKEN_SECONDS"], current_app.config["REFRESH_TOKEN_DAYS"])


def _session(pair: tokens.Pair, citizen: Citizen) -> dict[str, Any]:
    return {"access_token": pair.access_token, "expires_in": pair.expires_in, "refresh_token": pair.refresh_token,
            "citizen": {"id": citizen.id, "verified": citizen.verified}}
