#!/usr/bin/env bash
# call.sh METHOD PATH [BODY]: one signed request; the answer's body goes to standard output once its signature holds.
# Wants XINYI_HOST MCHID SERIAL_NO PRIVATE_KEY PLATFORM_KEY PLATFORM_KEY_ID. Ends with 1 where the answer isn't ours,
# with 2 where it is a refusal (told on standard error). PATH is with its query, exactly as it is sent.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
method=$1 path=$2 body=${3-}
got=$(mktemp -d) && trap 'rm -rf "$got"' EXIT

stamp=$(date +%s)
nonce=$(openssl rand -hex 16)
signature=$(printf '%s\n' "$method" "$path" "$stamp" "$nonce" "$body" |
    openssl dgst -sha256 -sign "$PRIVATE_KEY" | openssl base64 -A)
authorization="WECHATPAY2-SHA256-RSA2048 mchid=\"$MCHID\",nonce_str=\"$nonce\",signature=\"$signature\""
authorization+=",timestamp=\"$stamp\",serial_no=\"$SERIAL_NO\""

status=$(curl -sS --max-time 30 -X "$method" "$XINYI_HOST$path" ${body:+--data-binary "$body"} \
    -H "Authorization: $authorization" -H "Wechatpay-Serial: $PLATFORM_KEY_ID" \
    -H "Content-Type: application/json" -H "Accept: application/json" \
    -D "$got/headers" -o "$got/body" -w '%{http_code}')
touch "$got/body"
"$here/check.sh" "$got/headers" "$got/body"
if [ "$status" -ge 400 ]; then
    echo "$method $path: $status $(cat "$got/body")" >&2
    exit 2
fi
cat "$got/body"
