"""What the benchmarks have in common: the stack's programs, and an exporter that polls a number of accounts of a sandbox."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "stack"))
from programs import wait_until  # noqa: E402

ACCOUNT = """\
  - {{name: campaigns{n}, provider: tingting, base_url: "{url}/tingting/api/v1", api_token: sandbox-tingting-token{dash}, thresholds: {{credits: 5000}}}}
  - {{name: reseller{n}, provider: vobiz, scope: partner, base_url: "{url}/vobiz", auth_id: PA_SANDBOX{bar}, auth_token: sandbox-vobiz-partner-token{dash},
      thresholds: {{customer_balance: 200}}, budget: {{period: month, amount: 90000, currency: INR}}}}
  - {{name: trunks{n}, provider: vobiz, scope: account, base_url: "{url}/vobiz", auth_id: MA_SANDBOX{bar}, auth_token: sandbox-vobiz-account-token{dash},
      budget: {{period: day, amount: 400, currency: INR}}}}
  - {{name: platform{n}, provider: teli, base_url: "{url}/teli", api_key: sandbox-teli-key{dash}, organization_ids: all,
      budget: {{period: week, amount: 400, currency: USD}}}}
  - {{name: agents{n}, provider: agentphone, base_url: "{url}/agentphone", api_key: sk_live_sandbox{dash}}}
"""


def exporter_config(url, fives):
    """Five accounts, one of each provider and scope, as many times."""
    accounts = (ACCOUNT.format(n=n, url=url, dash=f"-{n}" if n > 1 else "", bar=f"_{n}" if n > 1 else "") for n in range(1, fives + 1))
    return "defaults: {requests_per_minute: 60000}\naccounts:\n" + "".join(accounts)


def page_after_good_polls(exporter):
    wait_until("good polls", lambda: not re.search(r"^cpaas_up\S* 0$", exporter.page_after_polls(), re.MULTILINE))
    return exporter.page_after_polls()
