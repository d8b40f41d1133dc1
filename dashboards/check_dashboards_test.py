#!/usr/bin/env python3
"""check_dashboards_test.py CATALOGUE: check_dashboards.py finds what is put wrong on purpose, one thing at a time."""
import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
from check_dashboards import Checks  # noqa: E402

# what is wrong, file, what it is put instead of, and what is said of it
MUTATIONS = [
    ("a renamed metric", "calls", "account_direction:cpaas_calls:increase1h{", "account_direction:cpaas_cals:increase1h{", "there is no metric"),
    ("a metric of a window that does not exist", "teli", "cpaas_user_${window}_calls{", "cpaas_user_${window}_callz{", "there is no metric"),
    ("a wrong label", "balances", "sum by (currency)", "sum by (curency)", "has no label 'curency'"),
    ("a wrong matcher", "quotas", "cpaas_up{provider", "cpaas_up{supplier", "has no label 'supplier'"),
    ("a misspelt variable", "overview", "account=~\\\"$account\\\"", "account=~\\\"$acount\\\"", "variable 'acount', which does not exist"),
    ("a metric without the dashboard's filters", "messaging", "cpaas_today_messages{provider=~\\\"$provider\\\",account=~\\\"$account\\\"}",
     "cpaas_today_messages", "is not limited by account"),
    ("a sum of what every exporter gives", "agentphone", "sum by (account) (max by (account, direction) (cpaas_24h_calls{provider=\\\"agentphone\\\",account=~\\\"$account\\\"}))",
     "sum by (account) (cpaas_24h_calls{provider=\\\"agentphone\\\",account=~\\\"$account\\\"})", "sums what every exporter gives"),
    ("the series of every exporter", "vobiz", "max by (account) (cpaas_phone_numbers{provider=\\\"vobiz\\\",account=~\\\"$account\\\"})",
     "cpaas_phone_numbers{provider=\\\"vobiz\\\",account=~\\\"$account\\\"}", "shows the series of every exporter"),
    ("no PromQL", "spend", "sort_desc(topk(15,", "sort_desc(topk(15", "cannot read|not expected|promtool"),
    ("a rate of a gauge", "vobiz", "increase(cpaas_customer_balance_spent_total{", "increase(cpaas_customer_balance{", "which is no counter"),
    ("another threshold than the alert's", "overview", '"value": 43200', '"value": 40000', "has thresholds at"),
    ("no such unit", "calls", '"unit": "percentunit"', '"unit": "percentunits"', "has the unit"),
    ("no text for no data", "tingting", '"noValue": "no good poll yet"', '"noValue": ""', "has no text for no data"),
    ("a description without its source", "agentphone", "**From:**", "**Form:**", "has no **From:**"),
    ("a runbook that does not exist", "exporter", "#cpaasdatastale", "#cpaasdatastail", "which does not exist"),
    ("a link to no dashboard", "overview", "/d/cpaas-overview", "/d/cpaas-overvew", "links to the dashboard"),
    ("panels that overlap", "quotas", '"x": 4,', '"x": 3,', "overlaps"),
    ("a panel outside", "quotas", '"x": 20,', '"x": 21,', "is outside"),
    ("a uid taken twice", "teli", '"uid": "cpaas-teli"', '"uid": "cpaas-vobiz"', "the same uid"),
    ("a fixed data source", "vobiz", '"uid": "${datasource}"', '"uid": "prometheus"', "names the data source"),
    ("no alert annotations", "messaging", "ALERTS{", "up{", "shows no alerts as annotations"),
    ("a column that does not exist", "teli", '"displayName": "Cost"', '"displayName": "Price"', "speaks of the column"),
    ("a column of a label that no query gives", "teli", '"organization_id": "Organization"', '"organisation": "Organization"', "which no query gives"),
]


def problems(catalogue, name="", old="", new=""):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for part in ("alerts", "docs/runbooks"):
            shutil.copytree(HERE.parent / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        (root / "dashboards").mkdir()
        for path in HERE.glob("*.json"):
            text = path.read_text(encoding="utf-8")
            if path.stem == name:
                if old not in text:
                    return [f"the test's text is not in {path.name}: {old}"]
                text = text.replace(old, new)
            (root / "dashboards" / path.name).write_text(text, encoding="utf-8")
        return Checks(catalogue, root).run()


def main(arguments):
    catalogue = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    failed = problems(catalogue)
    for what, name, old, new, said in MUTATIONS:
        found = problems(catalogue, name, old, new)
        if not any(text in problem for problem in found for text in said.split("|")):
            failed.append(f"{what} was not found; only {found[:3]}")
    print("\n".join(failed) or f"{len(MUTATIONS)} mutations found")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
