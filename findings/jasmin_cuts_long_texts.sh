#!/usr/bin/env bash
# Jasmin, an SMS gateway with billing, sends the first five parts of a long text, drops the rest without a word, and charges five.
# Version: jasmin 0.11.1 (PyPI)
#
# What makes the messages of its APIs divides a text into parts of 153 septets, but stops at `long_content_max_parts`, 5 by default: the text beyond is
# neither refused nor logged nor marked, and each part says "of 5". The number of parts, which is what users are charged for and what the
# rate API answers, is 5 too. A text of 2000 letters, 14 parts elsewhere, leaves as 765 letters.
# Why it matters: the bill fits what was sent, not what was to be said: parts expected and parts billed differ by 9, with no error to explain it.
#
# Seen (letters: parts, letters in them, total that each part states, warnings):
#   765: 5 765 5 0
#   766: 5 765 5 0
#   2000: 5 765 5 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check jasmin==0.11.1

cat >parts.py <<'PYTHON'
import logging
import logging.handlers
from jasmin.protocols.smpp.operations import SMPPOperationFactory

logged = logging.handlers.BufferingHandler(100)
logging.getLogger().addHandler(logged)
factory = SMPPOperationFactory()
for letters in (765, 766, 2000):
    pdu, parts = factory.SubmitSM(short_message=b"a" * letters, source_addr="1", destination_addr="2"), []
    while pdu:
        parts.append(pdu.params)
        pdu = getattr(pdu, "nextPdu", None)
    totals = {part["sar_total_segments"] for part in parts}
    print(f"{letters}:", len(parts), sum(len(part["short_message"]) for part in parts), *totals, len(logged.buffer))
PYTHON
env/bin/python parts.py | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: long texts are treated otherwise now" >&2; exit 1; }
765: 5 765 5 0
766: 5 765 5 0
2000: 5 765 5 0
EXPECTED
echo "as found"
