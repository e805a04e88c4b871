#!/usr/bin/env bash
# shop.sh: a merchant's whole day by curl and openssl. Wants what call.sh wants, APPID, SERVICE_ID and NOTIFY_URL.
# CITIZEN plays the phone on the other side (citizen.py; in real life a person with the mini-program).
set -euo pipefail
cd "$(dirname "$0")"
CITIZEN=${CITIZEN:-../../../.venv/bin/python citizen.py}

say() { echo "== $1"; }
ask() { ./call.sh "$@" && echo; }
member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }

say "1. Somebody shows a code: may they have it?"
code=$($CITIZEN code "$SERVICE_ID")
ask POST /v3/xinyi/verifications "{\"presentation\": \"$code\", \"service_id\": \"$SERVICE_ID\"}"

say "2. Hand it over: used once. The same number with the same content may be sent again at any time"
number="R$(date +%Y%m%d)$(openssl rand -hex 8)"
redemption="{\"out_redemption_no\": \"$number\", \"presentation\": \"$code\", \"service_id\": \"$SERVICE_ID\"}"
ask POST /v3/xinyi/redemptions "$redemption"
ask POST /v3/xinyi/redemptions "$redemption"

say "3. It is back, 3 yuan are owed"
ask POST "/v3/xinyi/redemptions/$number/completion" '{"total_amount": 300}'

say "4. A deposit-free order, as PayScore speaks it: the citizen confirms it on the phone"
order="O$(date +%Y%m%d)$(openssl rand -hex 8)"
made=$(./call.sh POST /v3/payscore/serviceorder "{\"out_order_no\": \"$order\", \"appid\": \"$APPID\",
    \"service_id\": \"$SERVICE_ID\", \"service_introduction\": \"租充电宝\", \"need_user_confirm\": true,
    \"time_range\": {\"start_time\": \"OnAccept\"}, \"risk_fund\": {\"name\": \"DEPOSIT\", \"amount\": 3000},
    \"notify_url\": \"$NOTIFY_URL\"}")
$CITIZEN confirm "$(echo "$made" | member package)" "$SERVICE_ID"
ask GET "/v3/payscore/serviceorder?service_id=$SERVICE_ID&out_order_no=$order&appid=$APPID"

say "5. It is back; 3 yuan are owed; they were paid at the counter"
ours="\"appid\": \"$APPID\", \"service_id\": \"$SERVICE_ID\""
ask POST "/v3/payscore/serviceorder/$order/complete" \
    "{$ours, \"post_payments\": [{\"name\": \"租金\", \"amount\": 300}], \"total_amount\": 300}"
ask POST "/v3/payscore/serviceorder/$order/sync" \
    "{$ours, \"type\": \"Order_Paid\", \"detail\": {\"paid_time\": \"$(TZ=CST-8 date +%Y%m%d%H%M%S)\"}}"

say "all of it went well"
