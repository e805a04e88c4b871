"""What all operations of the OpenAPI document share: shapes of refusals, headers, who may call."""

from typing import Any

Part = dict[str, Any]

SETTINGS: Part = {
    "API_TITLE": "信易+ API", "API_VERSION": "1.0", "OPENAPI_VERSION": "3.1.0",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Incentives for good public credit: the citizen's API, the merchants' signed "
                                "API and the provincial platform's events. Errors are RFC 9457 problem "
                                "bodies with stable codes.",
                 "contact": {"name": "信易+"},
                 "license": {"name": "See the repository", "identifier": "LicenseRef-repository"}},
        "servers": [{"url": "/"}],
    },
}

SCHEMAS: Part = {
    "Problem": {
        "type": "object",
        "description": "RFC 9457. Some refusals have members of their own beside these.",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "description": "urn:xinyi:problem: and the code in small letters."},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What happened and what to do, in Chinese (English by "
                                                        "Accept-Language: en)."},
            "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "Stable."},
            "request_id": {"type": "string"},
            "errors": {"type": "object", "description": "What is wrong, by place and field."},
            "next": {"type": "string", "description": "What one can do."},
        },
    },
    "MerchantError": {
        "type": "object",
        "description": "WeChat Pay's form of an error (merchant.md, section 1).",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "detail": {"type": "object"}},
        "additionalProperties": False,
    },
    "PlatformError": {
        "type": "object",
        "description": "The platform's form of an error (platform.md, section 3), signed.",
        "required": ["code", "message", "request_id"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "request_id": {"type": "string"},
                       "retry_after_s": {"type": "integer"}},
        "additionalProperties": False,
    },
}
SHAPES = {"public": ("Problem", "application/problem+json"), "merchant": ("MerchantError", "application/json"),
          "platform": ("PlatformError", "application/json")}
"""By guard: the schema and the media type of a refusal; citizens' are the public's."""

HEADERS: Part = {
    "X-Request-Id": {"description": "Names this request in our logs.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}
PARAMETERS: Part = {
    "RequestId": {"name": "X-Request-Id", "in": "header", "required": False, "schema": {"type": "string"},
                  "description": "Kept where it is 8 to 64 letters, digits or ._-; replaced by one of ours otherwise."},
    "Language": {"name": "Accept-Language", "in": "header", "required": False, "schema": {"type": "string"},
                 "description": "en for English words in refusals; Chinese otherwise."},
    "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "required": False,
                       "schema": {"type": "string", "pattern": "^[!-~]{1,64}$"},
                       "description": "Kept 24 h per caller: the same request gets the same answer, another one 422."},
}

_BEARER = ("citizen", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (ES256)"})
SECURITY: dict[str, tuple[str, Part]] = {
    "citizen": _BEARER,
    "verified": _BEARER,
    "merchant": ("merchant", {"type": "apiKey", "in": "header", "name": "Authorization",
                              "description": "WECHATPAY2-SHA256-RSA2048 …"}),
    "widget": ("widget", {"type": "apiKey", "in": "header", "name": "Authorization",
                          "description": "Check <widget_token>, as the answer to POST /v3/xinyi/checks gives it"}),
    "platform": ("platform", {"type": "apiKey", "in": "header", "name": "X-Signature",
                              "description": "platform.md, section 1"}),
}
"""By guard: the security scheme's name and the scheme."""
