#!/usr/bin/env bash
# open.sh HEADERS BODY: check a notification's signature, and print what is sealed in it.
# Wants APIV3_KEY, and what check.sh wants.
# AEAD_AES_256_GCM is AES in counter mode from block 2 on, and a tag of 16 bytes. openssl's command line can't check the
# tag; the signature over the whole body, which check.sh checks first, covers the ciphertext as well.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/check.sh" "$1" "$2"
got=$(mktemp -d) && trap 'rm -rf "$got"' EXIT

member() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$3"; }
hex() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }

sed -n 's/.*"resource": *{\([^}]*\)}.*/\1/p' "$2" >"$got/resource"
member ciphertext in "$got/resource" | openssl base64 -d -A >"$got/sealed"
head -c $(($(wc -c <"$got/sealed") - 16)) "$got/sealed" |
    openssl enc -d -aes-256-ctr -K "$(hex "$APIV3_KEY")" -iv "$(hex "$(member nonce in "$got/resource")")00000002"
echo
