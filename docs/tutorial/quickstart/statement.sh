#!/usr/bin/env bash
# statement.sh DAY [FILE]: fetch the statement of a day that is over (YYYY-MM-DD, from 10:00 of the next day on), and
# keep it where its digest is the one that was told. Wants what call.sh wants. FILE: statement-DAY.csv.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
day=$1 file=${2:-statement-$1.csv}

told=$("$here/call.sh" GET "/v3/xinyi/bills?bill_date=$day")
member() { echo "$told" | sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
url=$(member download_url)
"$here/call.sh" GET "/${url#*://*/}" >"$file"
if [ "$(openssl dgst -sha256 -r "$file" | cut -d' ' -f1)" != "$(member hash_value)" ]; then
    rm "$file"
    echo "not kept: the file isn't the one that was told" >&2
    exit 1
fi
echo "$file: $(($(wc -l <"$file") - 3)) lines, digest $(member hash_value)"
