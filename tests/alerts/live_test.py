#!/usr/bin/env python3
"""live_test.py EXPORTER SANDBOX SHIFTED_CLOCK [PACE [RULER]]: from a fault at the provider to the notification, with nothing but the real programs.

Sandbox, exporter, Prometheus (or another RULER, rulers.py) with a day of history and the shipped rules, Alertmanager with the shipped example,
and a receiver of its notifications. Everything happens PACE times as fast as in life (quick_time.py); 1 takes the rules as they are, and some 3
hours. Each story below causes something in the sandbox and waits for what it leads to, and for its end. At last each alert must have been seen
at Alertmanager with the labels and the text that are expected, have been notified once, to the right receiver, and its end too; those that are
inhibited never; and no other alert may have been there.
"""
import json
import re
import sys
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stack"))
import backfill  # noqa: E402
import quick_time  # noqa: E402
from polls import Polls, labelled  # noqa: E402
from programs import Alertmanager, Exporter, Receiver, Sandbox, clock_at, free_address, wait_until  # noqa: E402
from rulers import ruler  # noqa: E402

BEGIN = datetime(2026, 1, 2, 9, 0, tzinfo=timezone.utc)  # of the sandbox's life, so early in the month that no monthly quota is half used
DAY, STEP = 26 * 3600, 20 * 60  # seconds of the sandbox's life: of history, a little more than a day; and from one poll to the next
SCRAPE = 4 * 60  # from one scrape of the history to the next, so that no look-back of 5 minutes meets a gap
CUSTOMER = "MA_CUST0003"

CONFIG = """\
defaults: {{interval: {interval}s, requests_per_minute: 60000}}
accounts:
  - {{name: campaigns, provider: tingting, base_url: "{url}/tingting/api/v1", api_token: sandbox-tingting-token, thresholds: {{credits: 5000}}}}
  - {{name: reseller, provider: vobiz, scope: partner, base_url: "{url}/vobiz", auth_id: PA_SANDBOX, auth_token: sandbox-vobiz-partner-token,
      thresholds: {{customer_balance: 10}}}}
  - {{name: trunks, provider: vobiz, scope: account, base_url: "{url}/vobiz", auth_id: MA_SANDBOX, auth_token: sandbox-vobiz-account-token}}
  - {{name: platform, provider: teli, base_url: "{url}/teli", api_key: sandbox-teli-key, organization_ids: all}}
  - {{name: agents, provider: agentphone, base_url: "{url}/agentphone", api_key: sk_live_sandbox, thresholds: {{quota_ratio: {quota_ratio}}}}}
"""
NOWHERE = """\
  - {{name: nowhere, provider: tingting, base_url: "http://{nobody}", api_token: any, endpoints: {{numbers: false, campaigns: false}}}}
"""
TELI = ["usage", "organizations", "overview", "users", "organization_analytics", "number_limits"]
AGENTPHONE = ["webhooks", "usage", "calls", "daily", "monthly", "by_number", "by_agent"]


class Expected:
    """An alert: its labels in full, where it is notified (nowhere: None), and how its description begins, as a pattern. `held` names the
    alerts that inhibit it at some time."""

    def __init__(self, name, receiver, text, held=(), resolved=True, **labels):
        self.labels = {"alertname": name, **labels}
        self.receiver, self.text, self.held, self.resolved = receiver, text, set(held), resolved


def of(provider, account, name, severity, subject, receiver, text, **rest):
    return Expected(name, receiver, text, provider=provider, account=account, severity=severity, subject=subject, **rest)


def warning(provider, account, name, subject, text, **rest):
    return of(provider, account, name, "warning", subject, rest.pop("receiver", "ticket"), text, **rest)


def critical(provider, account, name, subject, text, **rest):
    return of(provider, account, name, "critical", subject, "pager", text, **rest)


NUMBER = r"(\d+(?:\.\d+)?)"
TIME = r"((?:\d+[dhm] )*\d+(?:\.\d+)?m?s)"
STALE = rf"The last good poll of ENDPOINT of account ACCOUNT \(PROVIDER\) was {TIME} ago, more than 3 times its interval of {TIME}\. "


def stale(provider, account, endpoint, **rest):
    text = STALE.replace("ENDPOINT", endpoint).replace("ACCOUNT", account).replace("PROVIDER", provider)
    return warning(provider, account, "CpaasDataStale", "polls", text, endpoint=endpoint, **rest)


def expected_alerts(exporter):
    found = [
        # --- the credits run out
        warning("tingting", "campaigns", "CpaasCreditsLow", "credits", held=["CpaasCreditsExhausted"],
                text=rf"Account campaigns \(tingting\) has {NUMBER} credits left, under the threshold of 5000\. "),
        critical("tingting", "campaigns", "CpaasCreditsExhausted", "credits",
                 text=r"Account campaigns \(tingting\) has 0 credits; nothing is left at 0\. "),
        critical("tingting", "campaigns", "CpaasCreditsRunwayCritical", "credits_runway",
                 text=rf"At the pace of the last hour, account campaigns \(tingting\) runs out of credits in {TIME}, under the limit of 12h\. "),
        warning("tingting", "campaigns", "CpaasCreditsRunwayLow", "credits_runway", receiver=None, held=["CpaasCreditsRunwayCritical"],
                text=rf"At the pace of the last day, account campaigns \(tingting\) runs out of credits in {TIME}, under the warning time of 3d 0h 0m 0s\. "),
        critical("tingting", "campaigns", "CpaasCreditsSpendAnomaly", "spend",
                 text=rf"Account campaigns \(tingting\) uses {NUMBER} credits an hour, and has for several minutes; the average hour of the last 7 days took {NUMBER}, and "),
        # --- a customer's wallet is empty
        warning("vobiz", "reseller", "CpaasCustomerBalancesLow", "customers", currency="INR",
                text=r"1 customers of account reseller \(vobiz\) have a balance under the threshold of 10\.00 INR; the lowest has 0\.00 INR\. "),
        warning("vobiz", "reseller", "CpaasCustomerBalanceExhausted", "customers", currency="INR",
                text=r"The lowest balance of an active customer of account reseller \(vobiz\) is 0\.00 INR; nothing is left at 0, and "),
        # --- the provider changes its API; a fresh exporter counts the sandbox's Date, which is not today's, until it believes it
        warning("tingting", "campaigns", "CpaasSchemaDrift", "schema", endpoint="campaigns", kind="mistyped",
                text=r"[1-9] documented fields are mistyped in the answers to campaigns of account campaigns \(tingting\); more than 0 is reported\. "),
        # --- too many requests
        warning("vobiz", "trunks", "CpaasRateLimited", "rate_limit", endpoint="numbers", reason="rate_limited",
                text=rf"The provider refused {NUMBER} requests for numbers of account trunks \(vobiz\) in the last hour as too many; the threshold is 3\. "),
        stale("vobiz", "trunks", "numbers"),
        # --- a page of HTML in place of an answer
        warning("vobiz", "trunks", "CpaasResponsesUnusable", "schema", endpoint="concurrency", reason="parse",
                text=rf"{NUMBER} answers to concurrency of account trunks \(vobiz\) in the last hour could not be used \(reason parse\); "),
        stale("vobiz", "trunks", "concurrency", receiver=None, held=["CpaasResponsesUnusable"]),
        # --- toll fraud
        critical("vobiz", "trunks", "CpaasSpendAnomaly", "spend", currency="INR",
                 text=rf"Account trunks \(vobiz\) spends {NUMBER} INR an hour, and has for several minutes; the average hour of the last 7 days cost {NUMBER} INR, and 4 times "),
        # --- a quota is nearly used up, which is told although the provider does not answer
        warning("agentphone", "agents", "CpaasQuotaHigh", "quota", resource="phone_numbers",
                text=r"Account agents \(agentphone\) uses 50% of its phone_numbers, over the threshold of 45%\. "),
        # --- an address at which nobody listens
        warning("tingting", "nowhere", "CpaasNeverSucceeded", "polls", endpoint="dashboard",
                text=r"No poll of dashboard of account nowhere \(tingting\) has worked since the exporter started: the time of the last success is 0\. "),
        # --- no exporter
        Expected("CpaasExporterDown", "pager", severity="critical", subject="exporter", job="cpaas", instance=exporter,
                 text=rf"Prometheus cannot scrape the exporter {exporter} \(job cpaas\): up is 0, and 1 is well\. "),
        Expected("CpaasExporterAbsent", "pager", severity="critical", subject="exporter",
                 text=r'Prometheus has no target in a job whose name begins with "cpaas": the value of absent is 1, and nothing is well\. '),
    ]
    # --- the provider is down
    found += [stale("agentphone", "agents", endpoint) for endpoint in AGENTPHONE]
    # --- the credentials are rejected
    for endpoint in TELI:
        found.append(warning("teli", "platform", "CpaasCredentialsRejected", "credentials", endpoint=endpoint, reason="auth",
                             text=rf"The provider rejected the credentials of account platform \(teli\) for {endpoint} {NUMBER} times in the last hour; "))
        found.append(stale("teli", "platform", endpoint, receiver=None, held=["CpaasCredentialsRejected"]))
    return found


def key(labels):
    return tuple(sorted(labels.items()))


def told(notifications):
    """The notifications in words, for who looks for the reason of a failure."""
    lines = []
    for path, body in notifications:
        alerts = sorted({" ".join(alert["labels"].get(each, "") for each in ("alertname", "endpoint")).strip() + ": " + alert["status"] for alert in body["alerts"]})
        lines.append(f"{path} {body['groupLabels'].get('account', '-')}: {', '.join(alerts)}")
    return "\n".join(lines)


def repeated(notifications):
    last, found = {}, []
    for path, body in notifications:
        said = {(alert["fingerprint"], alert["status"]) for alert in body["alerts"]}
        if last.get((path, body["groupKey"])) == said:
            found.append((path, body["groupKey"]))
        last[path, body["groupKey"]] = said
    return found


def labels_of(alert):
    """Without the group's name, which vmalert adds."""
    return {name: value for name, value in alert["labels"].items() if name != "alertgroup"}


class Watch:
    """Asks Alertmanager again and again, and keeps what it said of each alert."""

    def __init__(self, alertmanager, receiver):
        self.alertmanager, self.receiver = alertmanager, receiver
        self.seen, self.present, self.held_by = {}, set(), {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended.wait(0.1):
            alerts = self.alertmanager.alerts()
            names = {each["fingerprint"]: each["labels"]["alertname"] for each in alerts}
            for each in alerts:
                self.seen[key(labels_of(each))] = each
                for source in each["status"]["inhibitedBy"]:
                    self.held_by.setdefault(key(labels_of(each)), set()).add(names.get(source))
            self.present = {key(labels_of(each)) for each in alerts}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def notified(self, labels):
        """What the receivers were told of the alert, one after the other, without repetitions: [(receiver, status)]. A notification tells of
        all alerts of its group, so an alert is told of again when another one changes."""
        told = []
        for path, body in list(self.receiver.notifications):
            told += [(path, alert["status"]) for alert in body["alerts"] if key(labels_of(alert)) == key(labels)]
        return [each for each, before in zip(told, [None, *told]) if each != before]


class Stories:
    """Each causes something, and waits for what comes of it."""

    def __init__(self, stack):
        self.stack, self.sandbox, self.watch = stack, stack.sandbox, stack.watch
        self.patience = 4 * 3600 / stack.pace + 30

    def event(self, **event):
        self.sandbox.ask("/sandbox/events", event)

    def alerts(self, name, **labels):
        return [each for each in self.stack.expected
                if each.labels["alertname"] == name and labels.items() <= each.labels.items()]

    def until(self, what, condition):
        wait_until(what, condition, self.patience)

    def is_notified(self, name, status="firing", **labels):
        return all((each.receiver, status) in self.watch.notified(each.labels) for each in self.alerts(name, **labels))

    def notified(self, name, status="firing", **labels):
        self.until(f"{name} {labels} {status}", lambda: self.is_notified(name, status, **labels))

    def resolved(self, name, **labels):
        self.notified(name, "resolved", **labels)

    def held(self, name, **labels):
        self.until(f"{name} held back", lambda: all(self.watch.held_by.get(key(each.labels), set()) >= each.held for each in self.alerts(name, **labels)))

    def gone(self, name, **labels):
        self.until(f"{name} gone", lambda: not any(key(each.labels) in self.watch.present for each in self.alerts(name, **labels)))

    class Fault:
        def __init__(self, sandbox, provider, endpoint, **fault):
            self.sandbox = sandbox
            sandbox.ask("/sandbox/faults", {"provider": provider, "endpoint": endpoint, "fault": fault})
            faults = sandbox.ask("GET /sandbox/faults")["faults"]
            self.number = next(each["id"] for each in faults if (each["provider"], each["endpoint"]) == (provider, endpoint))

        def end(self):
            self.sandbox.ask(f"DELETE /sandbox/faults?id={self.number}")

    def fault(self, provider, endpoint, **fault):
        return self.Fault(self.sandbox, provider, endpoint, **fault)

    def credits_run_out(self):
        began = time.monotonic()

        def spend():
            """A little, again and again: what goes at once is a booking, which is no pace."""
            lived = (time.monotonic() - began) * self.stack.pace
            self.event(event="debit", provider="tingting", leave=max(1, round(9000 - 1.7 * lived)))
            return all(self.is_notified(name) for name in ("CpaasCreditsLow", "CpaasCreditsRunwayCritical", "CpaasCreditsSpendAnomaly"))

        self.until("credits to be missed", spend)
        self.event(event="debit", provider="tingting", leave=0)
        self.notified("CpaasCreditsExhausted")
        self.held("CpaasCreditsLow")
        self.held("CpaasCreditsRunwayLow")
        self.event(event="top_up", provider="tingting", amount=400000)
        for name in ("CpaasCreditsExhausted", "CpaasCreditsLow", "CpaasCreditsRunwayCritical", "CpaasCreditsSpendAnomaly"):
            self.resolved(name)
        self.gone("CpaasCreditsRunwayLow")

    def wallet_is_empty(self):
        self.event(event="hold_top_ups", provider="vobiz", entity=CUSTOMER)
        self.event(event="debit", provider="vobiz", entity=CUSTOMER, leave=0)
        self.notified("CpaasCustomerBalancesLow")
        self.notified("CpaasCustomerBalanceExhausted")
        self.event(event="top_up", provider="vobiz", entity=CUSTOMER, amount=5000)
        self.resolved("CpaasCustomerBalancesLow")
        self.resolved("CpaasCustomerBalanceExhausted")

    def too_many_requests(self):
        fault = self.fault("vobiz", "account/numbers", kind="status", status=429)
        self.notified("CpaasDataStale", account="trunks", endpoint="numbers")
        self.notified("CpaasRateLimited")
        fault.end()
        self.resolved("CpaasDataStale", account="trunks", endpoint="numbers")
        self.resolved("CpaasRateLimited")

    def page_of_html(self):
        fault = self.fault("vobiz", "account/concurrency", kind="html")
        self.notified("CpaasResponsesUnusable")
        self.held("CpaasDataStale", account="trunks", endpoint="concurrency")
        fault.end()
        self.resolved("CpaasResponsesUnusable")
        self.gone("CpaasDataStale", account="trunks", endpoint="concurrency")

    def toll_fraud(self):
        self.event(event="spend_spike", provider="vobiz", entity="MA_SANDBOX", factor=40)
        self.notified("CpaasSpendAnomaly")
        self.event(event="resume_traffic", provider="vobiz", entity="MA_SANDBOX")
        self.resolved("CpaasSpendAnomaly")

    def credentials_are_rejected(self):
        fault = self.fault("teli", "*", kind="status", status=401)
        self.notified("CpaasCredentialsRejected")
        self.held("CpaasDataStale", account="platform")
        fault.end()
        self.resolved("CpaasCredentialsRejected")
        self.gone("CpaasDataStale", account="platform")

    def provider_is_down(self):
        fault = self.fault("agentphone", "*", kind="status", status=500)
        self.notified("CpaasDataStale", account="agents")
        self.notified("CpaasQuotaHigh")
        fault.end()
        self.resolved("CpaasDataStale", account="agents")
        self.notified("CpaasNeverSucceeded")
        self.stack.configure(nowhere=False)
        self.resolved("CpaasQuotaHigh")
        self.resolved("CpaasNeverSucceeded")

    def api_changes(self):
        self.drift = self.fault("tingting", "campaign", kind="wrong_type")
        self.notified("CpaasSchemaDrift")

    def exporter_is_down(self):
        self.stack.exporter.end()
        self.notified("CpaasExporterDown")
        self.drift.end()
        self.stack.start_exporter()
        self.resolved("CpaasExporterDown")
        self.resolved("CpaasSchemaDrift")
        self.stack.ruler.follow([])
        self.notified("CpaasExporterAbsent")
        self.stack.ruler.follow([self.stack.address])
        self.resolved("CpaasExporterAbsent")

    def tell(self):
        together = [self.credits_run_out, self.wallet_is_empty, self.too_many_requests, self.page_of_html, self.toll_fraud,
                    self.credentials_are_rejected, self.provider_is_down, self.api_changes]
        self.stack.configure(quota_ratio=0.45)
        self.stack.until_polled("cpaas_quota_warning_ratio == 0.45")
        with ThreadPoolExecutor(len(together)) as pool:
            for story in [pool.submit(each) for each in together]:
                story.result()
        self.exporter_is_down()


class Stack:
    """The programs, with a day behind them."""

    def __init__(self, folder, exporter, sandbox, shifted_clock, pace, ruler_program):
        self.folder, self.program, self.shifted_clock, self.pace = folder, exporter, shifted_clock, pace
        self.address = free_address()
        self.nobody = free_address()
        self.expected = expected_alerts(self.address)
        self.sandbox_program, self.ruler_program = sandbox, ruler_program

    def __enter__(self):
        with ExitStack() as running:
            self.start(running)
            self.running = running.pop_all()
        return self

    def start(self, running):
        options = ["--seed=1", f"--speed={self.pace}", "--customers=8", f"--start={BEGIN:%Y-%m-%dT%H:%M:%SZ}"]
        self.sandbox = running.enter_context(Sandbox(self.sandbox_program, self.folder, *options))
        self.write_config(nowhere=False)
        self.live_a_day()
        self.receiver = running.enter_context(Receiver())
        quick_time.write(self.pace, self.receiver.address, self.folder)
        self.alertmanager = running.enter_context(Alertmanager(self.folder, self.folder / "alertmanager.yml"))
        self.write_config(nowhere=True)
        self.start_exporter()
        running.callback(lambda: self.exporter.end())
        self.ruler = running.enter_context(ruler(self.ruler_program, self.folder, self.alertmanager, self.pace))
        self.ruler.follow([self.address], rules=False)
        self.until_polled()
        self.ruler.follow([self.address])
        self.watch = running.enter_context(Watch(self.alertmanager, self.receiver))

    def __exit__(self, *_):
        self.running.close()

    # --- history

    def clock_at(self, moment):
        return clock_at(self.shifted_clock, self.folder, moment)

    def live_a_day(self):
        """A day of the sandbox's life, told by the exporter's polls, is brought into the time before now, and the rules are evaluated on it."""
        polls, pages = Polls(self.program, self.folder, self.clock_at), []
        self.sandbox.ask("/sandbox/events", {"event": "hold_top_ups", "provider": "tingting"})
        self.sandbox.ask("/sandbox/events", {"event": "debit", "provider": "tingting", "leave": 9500})
        self.sandbox.ask("/sandbox/events", {"event": "top_up", "provider": "vobiz", "entity": "MA_SANDBOX", "amount": 10000})
        end = time.time() + 20  # about when this is done
        for second in range(0, DAY + 1, STEP):
            if second:
                self.sandbox.ask("/sandbox/clock", {"now": f"{BEGIN + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"})
            moment = end - (DAY - second) / self.pace
            pages.append((moment, polls.poll(moment)))
        late = time.time() - end
        history = {}
        for moment, page in pages:
            for series, value in {**page, "up": 1}.items():
                shift = late if series.startswith("cpaas_last_") and value > 0 else 0
                samples = history.setdefault(labelled(series, f'job="cpaas",instance="{self.address}"'), [])
                samples += [(round(moment + late + scrape / self.pace, 3), value + shift) for scrape in range(0, STEP, SCRAPE)
                            if moment + scrape / self.pace <= end]
        backfill.write_samples(history, self.folder / "history.om")
        recording = [rule for group in quick_time.quick_groups(self.pace) for rule in group["rules"] if "record" in rule]
        backfill.backfill(self.folder, recording, pages[0][0] + late, pages[-1][0] + late, SCRAPE / self.pace)

    # --- what stories change

    def until_polled(self, condition="vector(1)"):
        """Until Prometheus saw a good poll of everything since now, and the condition holds."""
        good = f'min(cpaas_last_success_timestamp_seconds{{account!="nowhere"}}) > {time.time()} and on () {condition}'
        wait_until("good polls", lambda: self.ruler.query(good))

    def write_config(self, nowhere=True, quota_ratio=0.9):
        interval = max(1, round(60 / self.pace))
        text = CONFIG.format(interval=interval, url=f"http://127.0.0.1:{self.sandbox.port}", quota_ratio=quota_ratio)
        text += NOWHERE.format(nobody=self.nobody) if nowhere else ""
        (self.folder / "cpaas.yml").write_text(text, encoding="utf-8")

    def configure(self, **settings):
        self.write_config(**settings)
        self.exporter.reload()

    def start_exporter(self):
        self.exporter = Exporter(self.program, self.folder, self.address)


class Live(unittest.TestCase):
    maxDiff = None

    def test_faults_lead_to_the_right_notifications(self):
        with tempfile.TemporaryDirectory(prefix="cpaas_live_") as folder, Stack(Path(folder), *ARGUMENTS) as stack:
            Stories(stack).tell()
            watch = stack.watch
        self.addCleanup(lambda: print(told(stack.receiver.notifications)))
        for each in stack.expected:
            with self.subTest(**each.labels):
                self.check(watch, each)
        self.assertEqual(repeated(stack.receiver.notifications), [], "notifications that say what the one before said")
        unexpected = set(watch.seen) - {key(each.labels) for each in stack.expected}
        self.assertEqual({each: watch.seen[each]["annotations"]["description"] for each in unexpected}, {}, "alerts that nothing was done for")

    def check(self, watch, each):
        self.assertIn(key(each.labels), watch.seen, "Alertmanager never had it")
        annotations = watch.seen[key(each.labels)]["annotations"]
        rule = RULES[each.labels["alertname"]]
        self.assertEqual(annotations["summary"], rule["annotations"]["summary"])
        self.assertEqual(annotations["runbook_url"], rule["annotations"]["runbook_url"])
        self.assertRegex(annotations["description"], f"^{each.text}")
        self.assertNotRegex(annotations["description"] + annotations["dashboard_url"], r"[{}]|<no value>|<error")
        self.assertEqual(watch.held_by.get(key(each.labels), set()), each.held, "alerts that held it back")
        told = watch.notified(each.labels)
        if each.receiver:
            self.assertEqual(told, [(each.receiver, "firing"), (each.receiver, "resolved")])
        else:  # Alertmanager may tell of the end of what it never told of
            self.assertNotIn("firing", [status for _, status in told])


RULES = {rule["alert"]: rule for group in backfill.groups() for rule in group["rules"] if "alert" in rule}

if __name__ == "__main__":
    *ARGUMENTS, PACE, RULER = [*sys.argv[1:], *["120", "prometheus"][len(sys.argv) - 4:]]
    ARGUMENTS = [*ARGUMENTS, float(PACE), RULER]
    unittest.main(argv=sys.argv[:1], verbosity=2)
