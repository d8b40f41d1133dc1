#!/usr/bin/env bash
# libcurl says of a proxy that took the connection and the CONNECT, but is slow to open the tunnel, what it says of a proxy that is not there.
# Version: libcurl 8.11.1, 8.16.0 and 8.19.0 beside 7.61.1, as in the wheels of pycurl 7.45.4, 7.45.7, 7.46.0 and 7.45.3 (PyPI)
#
# After a time-out, 7.61.1 (and Debian 12's 7.88.1) tell the local port, the proxy's address, the bytes of the request that were sent, and how long
# connecting took. From 8.11.1 on (and in Debian 13's 8.14.1) all of these are blank until the tunnel is there: port -1, no address, 0 bytes, 0 s, though
# the proxy has the CONNECT in its hands. Of all that can be asked only the debug callback still sees that it was sent.
# Why it matters: who watches a provider through a proxy wants to page the one at fault. With the values above a rule that told "the proxy is down" from
# "the provider is slow" calls every slow provider a dead proxy after an update of the library.
#
# Seen:
#   libcurl/7.61.1 (28): port, address, request, connected: True True True True; the proxy had a CONNECT: True; debug saw it: True
#   libcurl/8.11.1-DEV (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
#   libcurl/8.16.0-DEV (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
#   libcurl/8.19.0 (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >ask.py <<'PYTHON'
import socket

import pycurl

proxy = socket.create_server(("127.0.0.1", 0))
HEADER_OUT = 2  # CURLINFO_HEADER_OUT, which pycurl has no name for
sent = []
curl = pycurl.Curl()
curl.setopt(pycurl.URL, "https://provider.invalid/usage")
curl.setopt(pycurl.PROXY, f"http://127.0.0.1:{proxy.getsockname()[1]}")
curl.setopt(pycurl.TIMEOUT_MS, 500)
curl.setopt(pycurl.VERBOSE, True)
curl.setopt(pycurl.DEBUGFUNCTION, lambda kind, text: sent.append(kind == HEADER_OUT))
try:
    curl.perform()
except pycurl.error as error:
    code = error.args[0]
had = proxy.accept()[0].recv(4096).startswith(b"CONNECT provider.invalid:443 ")
told = (curl.getinfo(pycurl.LOCAL_PORT) > 0, curl.getinfo(pycurl.PRIMARY_IP) != "", curl.getinfo(pycurl.REQUEST_SIZE) > 0, curl.getinfo(pycurl.CONNECT_TIME) > 0)
print(f"{pycurl.version.split()[1]} ({code}): port, address, request, connected: {' '.join(map(str, told))}; "
      f"the proxy had a CONNECT: {had}; debug saw it: {any(sent)}")
PYTHON
for version in 7.45.3 7.45.4 7.45.7 7.46.0; do
  python3 -m venv "env-$version"
  "env-$version/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "pycurl==$version"
  "env-$version/bin/python" ask.py
done | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: libcurl tells otherwise now what it reached" >&2; exit 1; }
libcurl/7.61.1 (28): port, address, request, connected: True True True True; the proxy had a CONNECT: True; debug saw it: True
libcurl/8.11.1-DEV (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
libcurl/8.16.0-DEV (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
libcurl/8.19.0 (28): port, address, request, connected: False False False False; the proxy had a CONNECT: True; debug saw it: True
EXPECTED
echo "as found"
