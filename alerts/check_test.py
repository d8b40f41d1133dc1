#!/usr/bin/env python3
"""check_test.py CATALOGUE: shows that check.py finds what it is for, by breaking copies of the rules, tests and runbooks one by one."""
import json
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import promql  # noqa: E402
from check import Check  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = json.loads(Path(sys.argv.pop(1)).read_text(encoding="utf-8")) if len(sys.argv) > 1 else []
LOW = "alerts/balances.yml"
LOW_TEST = "alerts/tests/balances_test.yml"
WAITS = "      - {eval_time: 15m, alertname: CpaasBalanceLow, exp_alerts: []}\n"
RESOLVES = "      - {eval_time: 65m, alertname: CpaasBalanceLow, exp_alerts: []}\n"

# file, what is replaced (once), by what, what must be said
MUTATIONS = {
    "renamed metric": (LOW, "(cpaas_balance)", "(cpaas_balanse)", "account:cpaas_balance:max: there is no metric 'cpaas_balanse'"),
    "renamed recorded metric": (LOW, "expr: account:cpaas_balance_spendable:sum <", "expr: account:cpaas_balance_spendable:max <", "there is no metric"),
    "wrong label in by": (LOW, "currency) (cpaas_balance)", "curency) (cpaas_balance)", "has no label 'curency'"),
    "wrong label in a matcher": (LOW, '{billing_mode=~"(?i)post', '{biling_mode=~"(?i)post', "has no label 'biling_mode'"),
    "wrong label in on": ("alerts/quotas.yml", "> on (provider, account)", "> on (provider, acount)", "has no label 'acount'"),
    "join of different labels": (LOW, "currency) (cpaas_credit_limit)", "account) (cpaas_credit_limit)", "never match"),
    "join that needs group_left": (LOW, "< on (provider, account) group_left () account", "< on (provider, account) account", "has also currency"),
    "rate of a gauge": (LOW, "rate(cpaas_balance_spent_total[1h])", "rate(cpaas_balance[1h])", "which is no counter"),
    "straight line through a counter": (LOW, "rate(cpaas_balance_spent_total[1h])", "deriv(cpaas_balance_spent_total[1h])", "is a counter"),
    "threshold without default": (LOW, "or max by (provider, account) (cpaas_up) * 0 + 259200", "", "cpaas_runway_warning_seconds without a default"),
    "instance kept": (LOW, "max by (provider, account) (cpaas_credits_remaining)", "cpaas_credits_remaining", "keeps the scrape's own labels"),
    "a provider that does not tell it": ("docs/alerts.md", "| CpaasCallsStopped | `cpaas_calls_total` | yes, partner | yes | no | yes |", "| CpaasCallsStopped | `cpaas_calls_total` | yes, partner | yes | yes | yes |", "but it is not told"),
    "another endpoint's age": ("alerts/calls.yml", 'stale{endpoint=~"usage|overview|dashboard"}', 'stale{endpoint=~"usage|dashboard"}', "CpaasCallsStopped: looks at the endpoints"),
    "slow group": ("alerts/spend.yml", "interval: 2m", "interval: 4m", "cpaas-spend-periods-recording: is evaluated every 4m"),
    "largest before the difference": ("alerts/spend.yml", "account_source_exporter:cpaas_spend:each\n        expr: cpaas_balance_spent_total\n", "account_source_exporter:cpaas_spend:each\n        expr: max by (provider, account) (cpaas_balance_spent_total) - max by (provider, account) (cpaas_balance_spent_total offset 1h)\n", "takes the largest of several exporters' counters before the difference"),
    "broken expression": (LOW, "max by (provider, account) (cpaas_credits_remaining)", "max by (provider (cpaas_credits_remaining)", "expected|cannot read"),
    "no severity": (LOW, "{severity: warning, subject: balance}", "{subject: balance}", "CpaasBalanceLow: has no severity"),
    "no for": (LOW, "for: 10m\n        keep_firing_for: 10m\n        labels: {severity: warning, subject: balance}", "labels: {severity: warning, subject: balance}", "CpaasBalanceLow: has no `for`"),
    "no annotation": (LOW, "          summary: The balance of an account is below its threshold.\n", "", "CpaasBalanceLow: must have just the annotations"),
    "template in the summary": (LOW, "The balance of an account is", "The balance of {{ $labels.account }} is", "not one sentence"),
    "misspelt variable": (LOW, "{{ $labels.currency }} left, under the", "{{ $labels.curency }} left, under the", r"uses \$labels.curency"),
    "no value": (LOW, '{{ printf "%.2f" $value }} {{ $labels.currency }} left, under', "little left, under", r"lacks '\$value'"),
    "no next step": (LOW, "Next step: look at the runway and top up.", "Good luck.", "lacks 'Next step: '"),
    "renamed metric in a description": (LOW, 'printf "account:cpaas_balance_low_threshold:or_default', 'printf "account:cpaas_balance_threshold:or_default', "query in the description: there is no metric"),
    "wrong runbook": (LOW, "balances.md#cpaasbalancelow", "balances.md#cpaasbalancelo", "the runbook_url is not"),
    "wrong dashboard": (LOW, "dashboard_url: /d/cpaas-balances", "dashboard_url: https://example.com/d/balances", "dashboard_url is not"),
    "no runbook section": ("docs/runbooks/balances.md", "## CpaasBalanceLow\n", "## CpaasBalancesLow\n", "no section for it"),
    "runbook without a part": ("docs/runbooks/balances.md", "**Impact.** ", "", "lacks .*Impact"),
    "renamed metric in a runbook": ("docs/runbooks/balances.md", "```promql\ncpaas_credits_remaining\n", "```promql\ncpaas_credits_remainder\n", "balances.md: .*there is no metric"),
    "not fired": (LOW_TEST, "exp_annotations:\n              summary: The balance of an account is below its threshold.\n", "exp_annotations:\n", "fires with its annotations in full"),
    "not waited": (LOW_TEST, WAITS, "", "waits for its `for`"),
    "waited from too early": (LOW_TEST, WAITS, WAITS.replace("15m", "2m"), "waits for its `for`"),
    "not resolved": (LOW_TEST, RESOLVES, "", "that it resolves"),
    "one account": (LOW_TEST, "account: south, currency: USD}", "account: north, currency: USD}", "two accounts give two alerts"),
    "not under the threshold": (LOW_TEST, "CpaasBalanceLow: just under the threshold", "CpaasBalanceLow: something", "just under the threshold"),
    "not without data": (LOW_TEST, "CpaasBalanceLow: no data", "CpaasBalanceLow: something", "without data"),
    "dashboard that does not exist": (LOW, "dashboard_url: /d/cpaas-balances", "dashboard_url: /d/cpaas-nothing", "no dashboard cpaas-nothing"),
    "variable that the dashboard lacks": (LOW, "?var-provider=", "?var-provide=", "has no variable provide"),
    "recorded value not shown": ("alerts/tests/runway_test.yml", "{labels: 'account:cpaas_balance:max{", "{labels: '{", "account:cpaas_balance:max: no test shows a value"),
}


def check_with(path="", old="", new=""):
    """The problems of a copy of the project in which `old` was replaced once."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for pattern in ("alerts/*.yml", "alerts/tests/*.yml", "docs/runbooks/*.md", "docs/alerts.md", "dashboards/*.json"):
            for file in ROOT.glob(pattern):
                copy = root / file.relative_to(ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)
        if path:
            text = (root / path).read_text(encoding="utf-8")
            assert old in text, f"{old!r} is not in {path}: the mutation needs another place"
            (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")
        return Check(CATALOGUE, root).run()


class Mutations(unittest.TestCase):
    def test_the_project_itself_is_clean(self):
        self.assertEqual(check_with(), [])

    def test_each_mutation_is_found(self):
        for name, (path, old, new, expected) in MUTATIONS.items():
            with self.subTest(name):
                problems = check_with(path, old, new)
                self.assertTrue(any(re.search(expected, each) for each in problems), f"{expected!r} not in {problems}")


class Parsing(unittest.TestCase):
    METRICS = {"a_total": {"x", "y"}, "b": {"x", "y"}, "c": {"x"}}

    def labels(self, text):
        problems = []
        labels = promql.Labels(self.METRICS, {"a_total"}, problems).of(promql.parse(text))
        return (sorted(labels) if labels is not None else None), problems

    def test_labels(self):
        for text, expected in {
            "1 + 2 * time()": None,
            "a_total": ["x", "y"],
            "-b ^ 2": ["x", "y"],
            "rate(a_total{x!~'q|'}[5m] offset 1d)": ["x", "y"],
            "sum(b)": [],
            "sum without (y) (b @ end())": ["x"],
            "max by (x) (b) * on () group_left (m) count_values('m', month())": ["m", "x"],
            "b * on (x) group_left () c": ["x", "y"],
            "b > bool 1 or c * on (x) group_right () b": ["x", "y"],
            "c and on (x) b unless c": ["x"],
            "quantile_over_time(0.95, b[7d:1h] offset 1h)": ["x", "y"],
            "label_replace(c, 'z', '$1', 'x', '(.*)')": ["x", "z"],
            "absent(b{x='1'}) # none": [],
            "scalar(c) + vector(1)": [],
        }.items():
            with self.subTest(text):
                self.assertEqual(self.labels(text), (expected, []))

    def test_wrong_joins(self):
        for text in ("b + c", "b + on (x) c", "b and c", "c * on (x) group_left () b", "c * on (y) c", "sum by (y) (c)"):
            with self.subTest(text):
                self.assertNotEqual(self.labels(text)[1], [])

    def test_what_cannot_be_read(self):
        for text in ("b +", "(b", "b)", "b{x=}", "sum by x (b)", "b $ 1"):
            with self.subTest(text):
                with self.assertRaises(promql.PromqlError):
                    promql.parse(text)


if __name__ == "__main__":
    unittest.main()
