#!/usr/bin/env python3
"""quick_time.py PACE RECEIVER DIR: writes DIR/rules.yml and DIR/alertmanager.yml, which sends to the address RECEIVER.

The shipped rules and the Alertmanager example in quick time: every length of time in them is a PACE-th, so that in front of a sandbox that
lives PACE times as fast the same rules see the same life. Names, labels, conditions, thresholds and texts stay as they are.

Rates are per second of real time, so they are divided by PACE, and times between samples are multiplied by it. What a rule takes from the
calendar (hours, budgets, months of quotas) stays the calendar's.
"""
import json
import re
import sys
from pathlib import Path

from backfill import ROOT, groups, seconds

LENGTH = r"(?:\d+(?:ms|[smhdwy]))+"


def shorter(length, pace):
    return f"{max(1, round(seconds(length) * 1000 / pace))}ms"


def quick_expression(expression, pace):
    def in_brackets(match):
        return "[" + ":".join(shorter(each, pace) for each in match[1].split(":")) + "]"

    expression = re.sub(rf"\[({LENGTH}(?::{LENGTH})?)\]", in_brackets, expression)
    expression = re.sub(rf"\boffset ({LENGTH})", lambda match: f"offset {shorter(match[1], pace)}", expression)
    expression = re.sub(r"\btimestamp\(", f"{pace} * timestamp(", expression)
    return re.sub(r"\brate\(", f"1 / {pace} * rate(", expression)


def quick_rule(rule, pace):
    lengths = {key: shorter(rule[key], pace) for key in ("for", "keep_firing_for") if key in rule}
    return {**rule, **lengths, "expr": quick_expression(rule["expr"], pace)}


def quick_groups(pace):
    """The groups of alerts/*.yml. Group intervals too; without one, Prometheus' own counts."""
    return [
        {**group, **({"interval": shorter(group["interval"], pace)} if "interval" in group else {}),
         "rules": [quick_rule(rule, pace) for rule in group["rules"]]}
        for group in groups()
    ]


def quick_alertmanager(pace, receiver):
    """The example's text with short waits, and with its webhooks at the address `receiver`."""
    text = (ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8")
    text = re.sub(rf"\b(group_wait|group_interval|repeat_interval): ({LENGTH})", lambda match: f"{match[1]}: {shorter(match[2], pace)}", text)
    text = re.sub(r"http://127\.0\.0\.1:\d+/", f"http://{receiver}/", text)
    return text


def write(pace, receiver, folder):
    (folder / "rules.yml").write_text(json.dumps({"groups": quick_groups(pace)}, indent=1), encoding="utf-8")
    (folder / "alertmanager.yml").write_text(quick_alertmanager(pace, receiver), encoding="utf-8")


if __name__ == "__main__":
    write(float(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
