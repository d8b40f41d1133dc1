#!/usr/bin/env python3
"""inhibition_test.py ALERTMANAGER_YML: posts alerts to a real Alertmanager on loopback and reads which of them it holds back."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from programs import Alertmanager  # noqa: E402

CONFIG = sys.argv.pop(1) if len(sys.argv) > 1 else ""


def alert(name, severity, subject, **labels):
    return {"labels": {"alertname": name, "severity": severity, "subject": subject, **labels}}


def of(account, name, severity, subject, **labels):
    return alert(name, severity, subject, provider="example", account=account, **labels)


def held_back(alertmanager):
    found = alertmanager.alerts()
    return {(each["labels"]["alertname"], each["labels"].get("account", "")) for each in found if each["status"]["inhibitedBy"]}, len(found)


class Inhibition(unittest.TestCase):
    def held_back(self, alerts):
        """Of these alerts. A pair of which one holds back the other is always among them, so that there is something to wait for."""
        pair = [of("wait", "CpaasBalanceExhausted", "critical", "balance"), of("wait", "CpaasBalanceLow", "warning", "balance")]
        with tempfile.TemporaryDirectory() as folder, Alertmanager(Path(folder), CONFIG) as alertmanager:
            alertmanager.post(alerts + pair)
            # Alerts reach the inhibition rules one after the other, in the order of the API; each answer is a turn of that.
            for _ in range(2000):
                held, count = held_back(alertmanager)
                if count == len(alerts) + 2 and ("CpaasBalanceLow", "wait") in held:
                    break
            return held_back(alertmanager)[0] - {("CpaasBalanceLow", "wait")}

    def test_critical_holds_back_the_warning_of_the_same_thing(self):
        held = self.held_back(
            [
                of("north", "CpaasBalanceRunwayCritical", "critical", "balance_runway", currency="INR"),
                of("north", "CpaasBalanceRunwayLow", "warning", "balance_runway", currency="INR"),
                of("north", "CpaasBalanceRunwayLow", "warning", "balance_runway", currency="USD"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("south", "CpaasBalanceRunwayLow", "warning", "balance_runway", currency="INR"),
                of("west", "CpaasQuotaExhausted", "critical", "quota", resource="month_messages"),
                of("west", "CpaasQuotaHigh", "warning", "quota", resource="phone_numbers"),
                of("east", "CpaasAccountSuspended", "critical", "account"),
                of("east", "CpaasKycPending", "warning", "account"),
            ]
        )
        self.assertEqual(held, {("CpaasBalanceRunwayLow", "north")})

    def test_each_pair(self):
        pairs = [
            ("CpaasCreditsExhausted", "CpaasCreditsLow", {}),
            ("CpaasCreditsRunwayCritical", "CpaasCreditsRunwayLow", {}),
            ("CpaasQuotaExhausted", "CpaasQuotaHigh", {"resource": "month_messages"}),
            ("CpaasQuotaExhausted", "CpaasQuotaProjectedExhausted", {"resource": "month_messages"}),
            ("CpaasBudgetBurnFast", "CpaasBudgetBurnSlow", {"currency": "INR", "period": "month"}),
            ("CpaasWebhooksFailing", "CpaasWebhookFailuresHigh", {}),
        ]
        alerts, wanted = [], set()
        for number, (critical, warning, labels) in enumerate(pairs):
            account = f"account{number}"
            alerts += [of(account, critical, "critical", "same", **labels), of(account, warning, "warning", "same", **labels)]
            wanted.add((warning, account))
        self.assertEqual(self.held_back(alerts), wanted)

    def test_not_across_clusters(self):
        held = self.held_back(
            [
                of("north", "CpaasBalanceExhausted", "critical", "balance", currency="INR", cluster="staging"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR", cluster="production"),
                of("south", "CpaasBalanceExhausted", "critical", "balance", currency="INR", environment="staging"),
                of("south", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("west", "CpaasBalanceExhausted", "critical", "balance", currency="INR", cluster="staging"),
                of("west", "CpaasBalanceLow", "warning", "balance", currency="INR", cluster="staging"),
            ]
        )
        self.assertEqual(held, {("CpaasBalanceLow", "west")})

    def test_old_data_hold_back_nothing_of_the_account(self):
        held = self.held_back(
            [
                of("north", "CpaasCredentialsRejected", "warning", "credentials", endpoint="numbers", reason="auth"),
                of("north", "CpaasDataStale", "warning", "polls", endpoint="usage"),
                of("north", "CpaasQuotaExhausted", "critical", "quota", resource="month_messages"),
                of("north", "CpaasQuotaHigh", "warning", "quota", resource="month_voice_seconds"),
                of("north", "CpaasCallsStopped", "warning", "calls", direction="outbound"),
            ]
        )
        self.assertEqual(held, set())

    def test_the_reason_holds_back_that_data_are_old(self):
        held = self.held_back(
            [
                of("north", "CpaasCredentialsRejected", "warning", "credentials", endpoint="usage", reason="auth"),
                of("north", "CpaasDataStale", "warning", "polls", endpoint="usage"),
                of("south", "CpaasDataStale", "warning", "polls", endpoint="usage"),
            ]
        )
        self.assertEqual(held, {("CpaasDataStale", "north")})

    def test_an_exporter_that_is_down_or_unknown_holds_back_no_account(self):
        held = self.held_back(
            [
                alert("CpaasExporterDown", "critical", "exporter", job="cpaas", instance="a:10777"),
                alert("CpaasExporterAbsent", "critical", "exporter"),
                alert("CpaasConfigReloadFailed", "warning", "exporter", job="cpaas", instance="b:10777"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("south", "CpaasBalanceExhausted", "critical", "balance", currency="INR"),
                alert("SomethingElse", "warning", "other"),
            ]
        )
        self.assertEqual(held, set())

    def test_an_exporter_that_is_down_holds_back_what_is_said_of_itself(self):
        down = alert("CpaasExporterDown", "critical", "exporter", job="cpaas", instance="a:10777")
        of_itself = ("CpaasConfigReloadFailed", "CpaasWebConfigReloadFailed")
        held = self.held_back([down, *(alert(name, "warning", "exporter", job="cpaas", instance="a:10777") for name in of_itself)])
        self.assertEqual(held, {(name, "") for name in of_itself})

    def test_no_critical_alert_is_ever_a_target(self):
        text = Path(CONFIG).read_text(encoding="utf-8")
        targets = [line for line in text.splitlines() if "target_matchers" in line]
        self.assertTrue(targets)
        for line in targets:
            self.assertIn('severity = "warning"', line)


if __name__ == "__main__":
    unittest.main()
