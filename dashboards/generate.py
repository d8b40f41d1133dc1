#!/usr/bin/env python3
"""generate.py [--check] [FOLDER]: writes the dashboards from source/ as JSON, here or into FOLDER; with --check tells which are stale."""
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "source"))
NAMES = ["overview", "balances", "quotas", "spend", "calls", "messaging", "exporter", "provider", "tingting", "vobiz", "teli", "agentphone"]


def generated():
    """{file name: text}"""
    return {f"{name}.json": json.dumps(importlib.import_module(name).DASHBOARD, indent=2, ensure_ascii=False) + "\n" for name in NAMES}


def stale(texts):
    found = [name for name, text in texts.items() if not (HERE / name).exists() or (HERE / name).read_text(encoding="utf-8") != text]
    return found + [path.name for path in HERE.glob("*.json") if path.name not in texts]


def main(arguments):
    if arguments == ["--check"]:
        found = stale(generated())
        print("\n".join(f"dashboards/{name} is not what dashboards/generate.py writes" for name in found))
        return 1 if found else 0
    folder = Path(arguments[0]) if arguments else HERE
    for name, text in generated().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
