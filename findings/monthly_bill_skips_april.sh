#!/usr/bin/env bash
# APScheduler skips a midnight job once in the spring: a monthly bill of a European account is not run on 1 April at all, but again on 1 May.
# Version: APScheduler 3.11.3, with 3.10.4 for comparison and cronsim 2.8 as a witness (PyPI)
#
# CronTrigger of 3.11 finds the next midnight by adding hours of UTC to a local time. Where the clocks go forward between two midnights it comes out at 01:00
# of the right day, finds that 00:00 is past, and takes the following one: a daily job loses the Monday after the change, a monthly one all of
# April. Nothing is logged as missed, since nothing was due. Jobs at noon or at 09:00 run, and in autumn all is well. 3.10.4 has none of it.
# Why it matters: whoever closes days or months at midnight loses one a year, in every zone that changes between two runs.
#
# Seen (Europe/Berlin, clocks go forward on 29 March 2026):
#   3.11.3 monthly: 2026-05-01 2026-06-01
#   3.11.3 daily: 2026-03-29 2026-03-31
#   3.10.4 monthly: 2026-04-01 2026-05-01
#   3.10.4 daily: 2026-03-29 2026-03-30
#   cronsim monthly: 2026-04-01 2026-05-01
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
pip() { env/bin/pip install --quiet --disable-pip-version-check "$@"; }
pip cronsim==2.8 tzdata==2026.2

cat >next.py <<'PYTHON'
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
STARTS = {"monthly": ("0 0 1 * *", datetime(2026, 3, 1, tzinfo=BERLIN)), "daily": ("0 0 * * *", datetime(2026, 3, 28, tzinfo=BERLIN))}


def scheduled(expression, last):
    import apscheduler
    from apscheduler.triggers.cron import CronTrigger
    trigger = CronTrigger.from_crontab(expression, BERLIN)
    second = trigger.get_next_fire_time(first := trigger.get_next_fire_time(last, last), first)
    return apscheduler.version, [first, second]


def simulated(expression, last):
    from cronsim import CronSim
    times = CronSim(expression, last)
    return "cronsim", [next(times), next(times)]


for each in sys.argv[2:]:
    name, times = {"apscheduler": scheduled, "cronsim": simulated}[sys.argv[1]](*STARTS[each])
    print(f"{name} {each}:", *(time.date() for time in times))
PYTHON
{
  for version in 3.11.3 3.10.4; do
    pip APScheduler==$version
    env/bin/python next.py apscheduler monthly daily
  done
  env/bin/python next.py cronsim monthly
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the jobs are due at other times now" >&2; exit 1; }
3.11.3 monthly: 2026-05-01 2026-06-01
3.11.3 daily: 2026-03-29 2026-03-31
3.10.4 monthly: 2026-04-01 2026-05-01
3.10.4 daily: 2026-03-29 2026-03-30
cronsim monthly: 2026-04-01 2026-05-01
EXPECTED
echo "as found"
