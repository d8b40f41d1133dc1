"""The life of an exporter in steps: at each it is started with its clock set and its ledger kept, polls everything once, and gives its page."""
import re

from programs import Exporter, free_address

STALE_AFTER = 3  # polls, as in the exporter: then windowed values are withdrawn
WINDOWED = re.compile(r"cpaas_(\w+_)?(24h|7d|30d|today|month)_")
COUNTED_BY_PROCESS = re.compile(r"cpaas_(requests|request_failures|series_dropped|ledger_failures)_total")
RUNS_ON = re.compile(r"cpaas_(?!exporter_(config|http))")  # the rest would tell that the program was just started
PER_ACCOUNT = re.compile(r'provider="(\w+)",account="([^"]+)"')


def account_of(series):
    match = PER_ACCOUNT.search(series)
    return match.groups() if match else None


def labelled(series, target):
    """With the labels of the scrape's target."""
    name, _, labels = series.partition("{")
    return f"{name}{{{target},{labels}" if labels else f"{name}{{{target}}}"


class Polls:
    """Plays the pages of an exporter that runs on, from those of programs that each poll once."""

    def __init__(self, program, folder, clock):
        """clock(now) gives the environment in which a program begins at that time."""
        self.program, self.folder, self.clock = program, folder, clock
        self.total, self.last_good, self.failed = {}, {}, {}

    def poll(self, now):
        """{series: value} after one poll of everything at the time `now`."""
        with Exporter(self.program, self.folder, free_address(), self.clock(now)) as exporter:
            page = exporter.page_after_polls()
        values = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        return self.kept({series: float(value) for series, _, value in values if RUNS_ON.match(series)})

    def kept(self, page):
        """With totals over all polls, and the last good values of accounts whose polls fail."""
        for series in page:
            if COUNTED_BY_PROCESS.match(series):
                self.total[series] = page[series] = self.total.get(series, 0) + page[series]
        down = {account_of(series) for series, value in page.items() if series.startswith("cpaas_up{") and value == 0}
        result = dict(page)
        for account in {account_of(series) for series in page} - {None}:
            if account not in down:
                self.failed[account] = 0
                self.last_good[account] = {series: value for series, value in page.items() if account_of(series) == account}
                continue
            self.failed[account] = self.failed.get(account, 0) + 1
            for series, value in self.last_good.get(account, {}).items():
                withdrawn = self.failed[account] > STALE_AFTER and WINDOWED.match(series)
                if series.startswith("cpaas_last_success") or (series not in page and not withdrawn):
                    result[series] = value
        return result
