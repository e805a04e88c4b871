#!/usr/bin/env bash
# check.sh HEADERS BODY: is this answer or notification ours, and of now? Both files as they came, byte by byte.
# Wants PLATFORM_KEY (our public key, a file) and PLATFORM_KEY_ID. Ends with 1 and says why where it isn't.
set -euo pipefail
headers=$1 body=$2
got=$(mktemp -d) && trap 'rm -rf "$got"' EXIT

header() { # header names are taken in any case, as HTTP says
    tr -d '\r' <"$headers" | awk -v name="$1" 'tolower($1) == name ":" { sub(/^[^:]*: */, ""); print; exit }'
}
no() {
    echo "not taken: $1" >&2
    exit 1
}

stamp=$(header wechatpay-timestamp)
[ "$(header wechatpay-signature-type)" = WECHATPAY2-SHA256-RSA2048 ] || no "signed in another way, or not at all"
[ "$(header wechatpay-serial)" = "$PLATFORM_KEY_ID" ] || no "by a key we don't know: $(header wechatpay-serial)"
[[ $stamp =~ ^[0-9]{10}$ ]] || no "no time"
age=$(($(date +%s) - stamp))
[ "${age#-}" -le 300 ] || no "$age seconds old: is this clock right?"
header wechatpay-signature | openssl base64 -d -A >"$got/signature"
{ printf '%s\n' "$stamp" "$(header wechatpay-nonce)" && cat "$body" && echo; } |
    openssl dgst -sha256 -verify "$PLATFORM_KEY" -signature "$got/signature" >/dev/null || no "the signature is wrong"
