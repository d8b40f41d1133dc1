#!/usr/bin/env python3
"""presets.py EXPORTER SANDBOX SHIFTED_CLOCK DIR: the last day of history.py's time as five described providers tell it, in DIR/presets/tsdb.

At each step their documented answers are written with the numbers of that time, the sandbox serves them (`--replay`), and the exporter polls them as
in history.py.
"""
import json
import math
import sys
from datetime import timedelta
from pathlib import Path

from history import NOW, SCRAPES, STEP, add_scrapes, write
from polls import Polls
from programs import Sandbox, clock_at

LENGTH = timedelta(hours=30)
BEGIN = NOW - LENGTH
CONFIG = """\
defaults:
  interval: 10m
accounts:
  - {{name: voice, provider: twilio, base_url: "{url}/twilio", account_sid: AC1, auth_token: key,
      thresholds: {{balance: 300, runway: 3d}}, budget: {{period: month, amount: 14000, currency: USD}}}}
  - {{name: models, provider: openai, base_url: "{url}/openai", api_key: key, budget: {{period: day, amount: 120, currency: USD}}}}
  - {{name: codes, provider: vonage, base_url: "{url}/vonage", api_key: key, api_secret: key, thresholds: {{balance: 150}}}}
  - {{name: speech, provider: elevenlabs, base_url: "{url}/elevenlabs", api_key: key, thresholds: {{quota_ratio: 0.8}}}}
  - {{name: texts, provider: telnyx, base_url: "{url}/telnyx", api_key: key}}
"""
# Of an hour: calls, messages, dollars.
CALLS = {"calls-inbound": 120, "calls-outbound": 340}
MESSAGES = {"sms-inbound": 200, "sms-outbound": 900, "mms-outbound": 15}
MINUTES, TWILIO, OPENAI, VONAGE, TELNYX = 2.4, 18, 4.2, 3.1, 6


def hours(begin, end):
    """Between two times, busy ones long and quiet ones short."""
    def busy(time):
        at = time.timestamp() / 3600
        return at - 0.6 * 24 / math.tau * math.cos(math.tau * (at - 9) / 24)
    return max(busy(end) - busy(begin), 0)


def midnight(time, days_ago=0):
    return time.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)


def days(now, count):
    """(begin, hours so far) of the last days, today included."""
    begins = [midnight(now, ago) for ago in reversed(range(count))]
    return [(begin, hours(begin, min(begin + timedelta(days=1), now))) for begin in begins]


def record(category, count, price, **more):
    return {"category": category, "count": str(int(count)), "usage": str(int(count)), "price": f"{price:.4f}", "price_unit": "usd", **more}


def records(amount):
    calls = [record(name, rate * amount, 9 * amount, usage=f"{rate * amount * MINUTES:.1f}") for name, rate in CALLS.items()]
    messages = [record(name, rate * amount, rate * amount * 0.0079) for name, rate in MESSAGES.items()]
    return {"usage_records": [*calls, *messages, record("totalprice", 0, TWILIO * amount)], "next_page_uri": None}


def twilio(now):
    account = "/twilio/2010-04-01/Accounts/AC1"
    spent = TWILIO * hours(BEGIN, now) - (250 if now > BEGIN + timedelta(hours=12) else 0)
    daily = [record("totalprice", 0, TWILIO * amount, start_date=f"{begin:%Y-%m-%d}") for begin, amount in days(now, 7)]
    yield account + "/Balance.json", {}, {"account_sid": "AC1", "balance": f"{700 - spent:.4f}", "currency": "USD"}
    for name, amount in (("AllTime", 9000 + hours(BEGIN, now)), ("Today", hours(midnight(now), now)),
                         ("ThisMonth", hours(midnight(now).replace(day=1), now))):
        yield f"{account}/Usage/Records/{name}.json", {}, records(amount)
    yield account + "/Usage/Records.json", {}, records(hours(midnight(now, 29), now))
    yield account + "/Usage/Records/Daily.json", {}, {"usage_records": daily, "next_page_uri": None}


def buckets(now, count, result):
    rows = [{"start_time": int(begin.timestamp()), "results": [result(amount)]} for begin, amount in days(now, count)]
    return {"data": rows, "has_more": False, "next_page": None}


def openai(now):
    def cost(amount):
        return {"amount": {"value": round(OPENAI * amount, 6), "currency": "usd"}}

    def tokens(amount):
        return {"input_tokens": int(61000 * amount), "output_tokens": int(17000 * amount), "num_model_requests": int(75 * amount)}
    yield "/openai/organization/costs", {"limit": "7"}, buckets(now, 7, cost)
    yield "/openai/organization/costs", {"limit": "31"}, buckets(now, now.day, cost)
    yield "/openai/organization/usage/completions", {}, buckets(now, now.day, tokens)


def vonage(now):
    yield "/vonage/account/get-balance", {}, {"value": round(210 - VONAGE * hours(BEGIN, now), 6), "autoReload": False}


def elevenlabs(now):
    yield "/elevenlabs/v1/user/subscription", {}, {
        "tier": "scale", "status": "active", "character_count": int(270000 + 5200 * hours(BEGIN, now)), "character_limit": 500000,
        "voice_slots_used": 24, "voice_limit": 160, "professional_voice_slots_used": 1, "professional_voice_limit": 1, "voice_add_edit_counter": 3,
        "max_voice_add_edits": 160, "current_overage": {"amount": "0", "currency": "usd"}, "open_invoices": [],
        "next_character_count_reset_unix": int((NOW + timedelta(days=9)).timestamp())}


def telnyx(now):
    yield "/telnyx/balance", {}, {"data": {"balance": f"{900 - TELNYX * hours(BEGIN, now):.2f}", "credit_limit": "100.00", "currency": "USD"}}
    for begin in {midnight(now), midnight(now).replace(day=1)}:
        amount = hours(begin, now)
        rows = [{"direction": direction, "count": int(rate * amount), "parts": int(rate * amount * 1.3), "cost": round(TELNYX * amount / 2, 4)}
                for direction, rate in (("outbound", 1400), ("inbound", 260))]
        yield ("/telnyx/usage_reports", {"start_date": f"{begin:%Y-%m-%dT%H:%M:%SZ}"},
               {"data": rows, "meta": {"total_pages": 1, "total_results": len(rows)}})


def write_answers(folder, now):
    folder.mkdir(exist_ok=True)
    answers = []
    for provider in (twilio, openai, vonage, elevenlabs, telnyx):
        for path, query, body in provider(now):
            answers.append({"path": path, "query": query, "file": f"{len(answers)}.json"})
            (folder / answers[-1]["file"]).write_text(json.dumps(body), encoding="utf-8")
    at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    (folder / "answers.yml").write_text(json.dumps({"at": at, "answers": answers}), encoding="utf-8")


def collect(exporter, sandbox, shifted_clock, folder):
    polls = Polls(exporter, folder, lambda now: clock_at(shifted_clock, folder, now.timestamp()))
    history, at, port = {}, BEGIN, 0
    while at <= NOW:
        write_answers(folder / "answers", at)
        with Sandbox(sandbox, folder, f"--replay={folder}/answers", "--speed=0", port=port) as served:
            port = served.port  # another address would be other accounts
            (folder / "cpaas.yml").write_text(CONFIG.format(url=f"http://127.0.0.1:{served.port}"), encoding="utf-8")
            page = polls.poll(at)
        add_scrapes(history, page, at, BEGIN)
        at += STEP
    return history


def main(exporter, sandbox, shifted_clock, folder):
    folder = Path(folder) / "presets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.db").unlink(missing_ok=True)
    scraped = timedelta(seconds=SCRAPES[0])
    times = {"begin": int((BEGIN + scraped).timestamp()), "down": int((NOW + scraped).timestamp())}
    write(folder, collect(exporter, sandbox, shifted_clock, folder), times)


if __name__ == "__main__":
    main(*sys.argv[1:])
