#!/usr/bin/env python3
"""count.py EXPORTER COUNTS BUILD [--record]: how many instructions the parts of a poll take, by valgrind's callgrind, which no noise of the machine
moves. Compared with the file COUNTS; exit 1 where one is a tenth above (PARTS). The counts are those of one compiler and its options, which BUILD
names: with another this only prints. --record writes the file anew.

The real program polls 50 users of Teli from a recorded answer.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

USERS = 50
# By function: how far it may rise. How often the page is rendered depends on when the ledger's thread is done, so there it is the mean of a call that
# counts, and what that varies is allowed.
PARTS = {
    "parse": ("cpaas::engine::Round::complete(", 1.1),
    "book": ("cpaas::ledger::Ledger::book(", 1.1),
    "render": ("cpaas::engine::AccountBoard::render(", 1.25),
    "publish": ("cpaas::exposition::PageBuilder::build(", 1.1),
}
MEANS = {"render"}
CONFIG = """\
accounts:
  - name: counted
    provider: teli
    api_key: key
    organization_ids: [org]
    requests_per_minute: 60000
    endpoints: {usage: false, organizations: false, overview: false, organization_analytics: false, number_limits: false}
"""
ANSWERS = """\
at: 2026-06-15T12:00:00Z
answers:
  - {path: /users, file: users.json}
  - {path: /users, query: {start_date: "2026-06-15", end_date: "2026-06-15"}, file: today.json}
  - {path: /users, query: {start_date: "2026-06-14", end_date: "2026-06-14"}, file: yesterday.json}
"""
COSTS = ("messaging", "voice", "api_request", "api_storage", "phone_rental", "phone_purchase", "kb")


def user(index):
    costs = {f"{name}_cost": 1 + index % 97 / 10 for name in COSTS}
    return {"user_id": f"user_{index:05}", "user_name": "", "total_sms_sent": 10, "total_sms_received": 5, "total_mms_sent": 1, "total_mms_received": 1,
            "total_voice_calls": 3, "total_voice_seconds": 60,
            "cost_breakdown": {**costs, "api_requests_count": 1, "phone_rental_count": 1, "phone_purchase_count": 0, "kb_count": 0, "kb_minutes": 0},
            "total_cost": sum(costs.values())}


def users(first, last):
    return json.dumps({"success": True, "organization_id": "org", "organization_name": "", "period": {"start": first, "end": last},
                       "users": [user(index) for index in range(USERS)]})


def stage(folder):
    (folder / "cpaas.yml").write_text(CONFIG, encoding="utf-8")
    (folder / "answers.yml").write_text(ANSWERS, encoding="utf-8")
    for name, first, last in (("users", "2026-05-17", "2026-06-15"), ("today", "2026-06-15", "2026-06-15"), ("yesterday", "2026-06-14", "2026-06-14")):
        (folder / f"{name}.json").write_text(users(first, last), encoding="utf-8")


def counted(exporter, folder):
    """Instructions of each part, with all that it calls."""
    out = folder / "callgrind.out"
    once = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", exporter, "once", f"--config.file={folder}/cpaas.yml",
                           f"--replay={folder}", "--log.level=error"], capture_output=True, text=True)
    if once.returncode != 0:
        sys.exit(f"the poll failed:\n{once.stderr}")
    if once.stdout.count("\ncpaas_user_cost_total{") < USERS * len(COSTS) // 2:
        sys.exit("the page lacks the users")
    return {part: cost_of(out, part, function) for part, (function, _) in PARTS.items()}


def cost_of(out, part, function):
    """From callgrind's own file: a function's name stands where it is first mentioned, then only its number; a call's cost, with all that it
    calls, stands in the line after `calls=`."""
    callee, number, calls, cost = None, None, 0, 0
    lines = iter(out.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if named := re.match(r"c?fn=(\(\d+\)) (.*)", line):
            if named[2].startswith(function) and "{lambda" not in named[2]:
                number = named[1]
        if line.startswith("cfn="):
            callee = line[4:].split(" ")[0]
        elif line.startswith("calls=") and callee == number is not None:
            calls += int(line[6:].split(" ")[0])
            cost += int(next(lines).split(" ")[-1])
    if not calls:
        sys.exit(f"callgrind saw nothing of {function}...)")
    return cost // calls if part in MEANS else cost


def main(exporter, counts_file, build, record=""):
    with tempfile.TemporaryDirectory(prefix="cpaas_instructions_") as name:
        stage(Path(name))
        counts = counted(exporter, Path(name))
    kept = json.loads(Path(counts_file).read_text(encoding="utf-8")) if Path(counts_file).exists() else {}
    before = kept.get(build)
    for part, count in counts.items():
        print(f"{part:8} {count:13,}" + (f"   {count / before[part]:.3f} of {before[part]:,}" if before else ""))
    if record:
        Path(counts_file).write_text(json.dumps({**kept, build: counts}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    elif not before:
        print(f"nothing is recorded of {build}")
    elif any(count > PARTS[part][1] * before[part] for part, count in counts.items()):
        sys.exit("more than may be above what is recorded. If that is what it costs: the same with --record")


if __name__ == "__main__":
    main(*sys.argv[1:])
