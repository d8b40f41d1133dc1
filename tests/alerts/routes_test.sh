#!/usr/bin/env bash
# routes_test.sh ALERTMANAGER_YML: the file is valid, and alerts go where their severity says.
set -euo pipefail
config=$1

amtool check-config "$config"

# goes_to RECEIVER LABELS...
goes_to() {
  local receiver=$1
  shift
  amtool config routes test --config.file="$config" --verify.receivers="$receiver" "$@" 2>&1 || {
    echo "$* should go to $receiver" >&2
    exit 1
  }
}

goes_to pager alertname=CpaasBalanceExhausted severity=critical subject=balance provider=example account=north currency=INR
goes_to pager alertname=CpaasExporterDown severity=critical subject=exporter job=cpaas instance=a:10777
goes_to ticket alertname=CpaasBalanceLow severity=warning subject=balance provider=example account=north currency=INR
goes_to ticket alertname=CpaasConfigReloadFailed severity=warning subject=exporter job=cpaas instance=a:10777
goes_to log alertname=CpaasUnknownFields severity=info subject=schema provider=example account=north endpoint=usage
goes_to log alertname=CpaasOfNoSeverity
goes_to log alertname=SomethingElse severity=critical
