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
        with tempfile.TemporaryDirectory() as folder, Alertmanager(Path(folder), CONFIG) as alertmanager:
            alertmanager.post(alerts)
            # Alerts reach the inhibition rules a moment after the API; each answer is a turn of that.
            for _ in range(2000):
                held, count = held_back(alertmanager)
                if count == len(alerts) and held:
                    break
            return held_back(alertmanager)[0]

    def test_critical_holds_back_warnings_of_the_same_account_and_subject(self):
        held = self.held_back(
            [
                of("north", "CpaasBalanceRunwayCritical", "critical", "balance_runway", currency="INR"),
                of("north", "CpaasBalanceRunwayLow", "warning", "balance_runway", currency="INR"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("north", "CpaasQuotaHigh", "warning", "quota", resource="phone_numbers"),
                of("south", "CpaasBalanceRunwayLow", "warning", "balance_runway", currency="INR"),
            ]
        )
        self.assertEqual(held, {("CpaasBalanceRunwayLow", "north")})

    def test_old_data_hold_back_what_they_make_meaningless(self):
        held = self.held_back(
            [
                of("north", "CpaasDataStale", "warning", "polls", endpoint="usage"),
                of("north", "CpaasQuotaExhausted", "critical", "quota", resource="month_messages"),
                of("north", "CpaasCallsStopped", "warning", "calls", direction="outbound"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("north", "CpaasSpendAnomaly", "critical", "spend", currency="INR"),
                of("south", "CpaasCallsStopped", "warning", "calls", direction="outbound"),
            ]
        )
        self.assertEqual(held, {("CpaasQuotaExhausted", "north"), ("CpaasCallsStopped", "north")})

    def test_the_reason_holds_back_that_data_are_old(self):
        held = self.held_back(
            [
                of("north", "CpaasCredentialsRejected", "warning", "credentials", endpoint="usage", reason="auth"),
                of("north", "CpaasDataStale", "warning", "polls", endpoint="usage"),
                of("south", "CpaasDataStale", "warning", "polls", endpoint="usage"),
            ]
        )
        self.assertEqual(held, {("CpaasDataStale", "north")})

    def test_an_exporter_that_is_down_holds_back_all_but_critical_alerts(self):
        held = self.held_back(
            [
                alert("CpaasExporterDown", "critical", "exporter", job="cpaas", instance="a:10777"),
                of("north", "CpaasBalanceLow", "warning", "balance", currency="INR"),
                of("south", "CpaasBalanceExhausted", "critical", "balance", currency="INR"),
                alert("SomethingElse", "warning", "other"),
            ]
        )
        self.assertEqual(held, {("CpaasBalanceLow", "north")})

    def test_no_exporter_holds_back_everything_about_accounts(self):
        held = self.held_back(
            [
                alert("CpaasExporterAbsent", "critical", "exporter"),
                of("south", "CpaasBalanceExhausted", "critical", "balance", currency="INR"),
                alert("SomethingElse", "warning", "other"),
            ]
        )
        self.assertEqual(held, {("CpaasBalanceExhausted", "south")})


if __name__ == "__main__":
    unittest.main()
