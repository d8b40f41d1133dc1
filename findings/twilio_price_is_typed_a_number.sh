#!/usr/bin/env bash
# Twilio's Node.js library types the price of a usage record as a number and gives a string: strict TypeScript adds prices up by joining digits.
# Version: twilio 6.3.1, typescript 5.9.3 (npm)
#
# The API sends decimal strings ("price": "3.52") so that no digit is lost. The library hands them on as they are, but declares `price: number` for usage
# records, where it declares `price: string` for calls and messages, and `count` and `usage` of the very same record as strings. So the compiler
# accepts a sum of records in strict mode, and what it calls a number is the text "03.521.48". The answer of the API is simulated here.
# Why it matters: who meters spending from usage records gets no error from compiler or library, only wrong text where a sum should be.
#
# Seen:
#   tsc --strict: no findings
#   typeof price: string
#   the sum of 3.52 and 1.48: 03.521.48
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . twilio@6.3.1 typescript@5.9.3 @types/node@20.19.0

cat >sum.ts <<'TS'
import twilio from 'twilio';

const record = (category: string, price: string) => ({category, price, price_unit: 'usd', count: '4', count_unit: 'calls', usage: '4'});
const answer = {usage_records: [record('calls-inbound', '3.52'), record('sms-outbound', '1.48')], page: 0};
const httpClient: any = {request: async () => ({statusCode: 200, body: JSON.stringify(answer), headers: {}})};

async function main() {
  const client = twilio('AC' + '0'.repeat(32), 'none', {httpClient});
  const records = await client.usage.records.list();
  const sum: number = records.reduce((total, each) => total + each.price, 0);
  console.log('typeof price:', typeof records[0].price);
  console.log('the sum of 3.52 and 1.48:', `${sum}`);
}
main();
TS
{
  npx tsc --strict --target es2022 --module commonjs --esModuleInterop --skipLibCheck sum.ts && echo "tsc --strict: no findings"
  node sum.js
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: prices are typed or given otherwise now" >&2; exit 1; }
tsc --strict: no findings
typeof price: string
the sum of 3.52 and 1.48: 03.521.48
EXPECTED
echo "as found"
