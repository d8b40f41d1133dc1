#!/usr/bin/env python3
"""web.py EXPORTER OTHER DIR: what waits and what is encrypted: 10,000 idle connections, scrapes through TLS beside nginx, and 400 accounts whose host
hangs beside 10 healthy ones, the last also of another build of the exporter (OTHER, `-` for none). Ratios count."""
import http.server
import re
import resource
import socket
import socketserver
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from stage import ROOT

from programs import Exporter, Program, fetch, free_address

IDLE = 10_000
PROBES = 2_000
HANGING, HEALTHY, INTERVAL, WATCHED = 400, 10, 5, 40  # accounts, seconds
SCRAPED = 4
NGINX = """\
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; default_type text/plain; keepalive_requests 100000000;
  server {{ listen {address} ssl; ssl_certificate {folder}/s.crt; ssl_certificate_key {folder}/s.key; root {folder}/page; }} }}
"""
ACCOUNT = """\
  - {{name: {name}, provider: agentphone, base_url: "http://127.0.0.1:{port}", api_key: {name}, requests_per_minute: 60000,
      endpoints: {{usage: {{interval: {interval}s}}, webhooks: false, daily: false, monthly: false, by_number: false, by_agent: false}}}}
"""


def share(values, part):
    return sorted(values)[int(len(values) * part)]


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers every request with good usage; remembers when each account asked for its usage."""
    protocol_version = "HTTP/1.1"
    asked = {}
    body = (ROOT / "tests/collectors/testdata/agentphone/usage-noplan.json").read_bytes()

    def do_GET(self):
        if self.path.split("?")[0] == "/v1/usage":
            Provider.asked.setdefault(self.headers["Authorization"], []).append(time.monotonic())
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(Provider.body)))
        self.end_headers()
        self.wfile.write(Provider.body)

    def log_message(self, *_):
        pass


class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def accounts(count, name, port):
    return "".join(ACCOUNT.format(name=f"{name}{n}", port=port, interval=INTERVAL) for n in range(count))


def lateness(exporter, folder):
    """Seconds between the polls of a healthy account beyond its interval."""
    Provider.asked.clear()
    healthy = Threads(("127.0.0.1", 0), Provider)
    threading.Thread(target=healthy.serve_forever, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as hanging:  # the kernel takes connections, and nobody answers
        (folder / "cpaas.yml").write_text("accounts:\n" + accounts(HANGING, "hanging", hanging.getsockname()[1])
                                          + accounts(HEALTHY, "healthy", healthy.server_port), encoding="utf-8")
        (folder / "state.db").unlink(missing_ok=True)
        with Exporter(exporter, folder, free_address()) as running:
            running.answers(f"{running.url}/metrics")
            time.sleep(WATCHED)
    healthy.shutdown()
    return [later - earlier - INTERVAL for times in Provider.asked.values() for earlier, later in zip(times, times[1:])]


def probes(address):
    host, port = address.split(":")
    times = []
    with socket.create_connection((host, int(port))) as connection:
        for _ in range(PROBES):
            begin = time.perf_counter()
            connection.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: h\r\n\r\n")
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("not healthy")
            times.append((time.perf_counter() - begin) * 1000)
    return times


def idle(exporter, folder):
    """Milliseconds of /-/healthy while so many connections say nothing, and how many stayed open."""
    (folder / "cpaas.yml").write_text("accounts:\n" + accounts(1, "one", 1), encoding="utf-8")
    (folder / "state.db").unlink(missing_ok=True)
    address = free_address()
    with Exporter(exporter, folder, address) as running:
        running.answers(f"{running.url}/metrics")
        host, port = address.split(":")
        connections = [socket.create_connection((host, int(port))) for _ in range(IDLE)]
        times = probes(address)
        for each in connections:
            each.setblocking(False)
        held = sum(is_open(each) for each in connections)
        for each in connections:
            each.close()
    return times, held


def is_open(connection):
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def wrk(url):
    report = subprocess.run(["wrk", "-t1", "-c1", f"-d{SCRAPED}s", url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(report)
    return float(re.search(r"Requests/sec:\s+(\S+)", report)[1])


def through_tls(exporter, folder):
    """Scrapes a second of the same page: the exporter's, and nginx's from a file; in turn, the median of three."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench",
                    "-keyout", "s.key", "-out", "s.crt"], check=True, cwd=folder, capture_output=True)
    (folder / "web.yml").write_text("tls_server_config: {cert_file: s.crt, key_file: s.key}\n", encoding="utf-8")
    (folder / "cpaas.yml").write_text("accounts:\n" + accounts(100, "one", 1), encoding="utf-8")
    ours, theirs, plain = free_address(), free_address(), free_address()
    (folder / "page").mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder.resolve(), address=theirs), encoding="utf-8")
    command = [exporter, f"--config.file={folder}/cpaas.yml", "--state.url=memory:", "--log.level=error", f"--web.config.file={folder}/web.yml"]
    with Program("plain", folder, [*command[:-1], f"--web.listen-address={plain}"]) as unprotected:
        unprotected.answers(f"http://{plain}/metrics")
        page = fetch(f"http://{plain}/metrics")
        (folder / "page" / "metrics").write_text(page, encoding="utf-8")
    with Program("nginx", folder, ["/usr/sbin/nginx", "-c", folder.resolve() / "nginx.conf"]), \
            Program("tls", folder, [*command, f"--web.listen-address={ours}"]):
        for address in (ours, theirs):
            wait_for(address)
        pairs = [(wrk(f"https://{ours}/metrics"), wrk(f"https://{theirs}/metrics")) for _ in range(3)]
    return len(page), *(statistics.median(each) for each in zip(*pairs))


def wait_for(address):
    host, port = address.split(":")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError(address)


def main(exporter, other, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    builds = {"cpaas_exporter": exporter, **({"the other build": other} if other != "-" else {})}
    size, ours, theirs = through_tls(exporter, folder)
    print(f"scrapes of {size:,} bytes through TLS, one connection: {ours:,.0f} /s, nginx from a file {theirs:,.0f} /s: {ours / theirs:.2f} x", flush=True)
    times, held = idle(exporter, folder)  # builds with civetweb refuse so many
    print(f"\n{IDLE:,} idle connections: /-/healthy p50 {share(times, 0.5):.3f} ms, p99 {share(times, 0.99):.3f} ms; still open {held:,}", flush=True)
    print(f"\n{HANGING} accounts whose host hangs: how late the polls of {HEALTHY} healthy ones are")
    for name, program in builds.items():
        late = lateness(program, folder)
        print(f"  {name:16} p50 {share(late, 0.5):6.3f} s   p99 {share(late, 0.99):6.3f} s   of {len(late)} polls", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
