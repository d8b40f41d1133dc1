#!/usr/bin/env python3
"""exporter.py EXPORTER SANDBOX PEER DIR: start, memory and scrapes of the exporter, beside others in the same run.

Machines are shared and noisy: it is the ratios that count. PEER is the program of peer.cpp; nginx and prometheus-node-exporter are Debian's.
"""
import gzip
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from stage import exporter_config, page_after_good_polls

from programs import Exporter, Program, Sandbox, free_address

STARTS = 40
FEW, MANY = 2, 8  # fives of accounts: 10 accounts, 40 accounts with about 10,000 series
WATCHED = 90  # seconds
SCRAPED = 4  # seconds, for each server and encoding
NGINX = """\
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; gzip_static on; default_type text/plain;
  keepalive_requests 100000000; server {{ listen {address}; root {folder}/page; }} }}
"""


def first_answer(address, request):
    """The first bytes of the answer, as soon as somebody listens."""
    host, port = address.split(":")
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as connection:
            if connection.connect_ex((host, int(port))) == 0:
                connection.sendall(request)
                return connection.recv(4096)
    raise TimeoutError(f"nothing listens on {address}")


def seconds_to_first_answer(command, address):
    """From the start of the program to the first bytes of its metrics page."""
    request = f"GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode()
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])
    try:
        answer = first_answer(address, request)
        end = time.perf_counter()
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{command[0]} answered {answer[:40]}")
    return end - begin


def starts(exporter, folder):
    programs = {
        "cpaas_exporter, 10 accounts": lambda address: [exporter, f"--config.file={folder}/cpaas.yml", "--state.url=memory:", "--log.level=error",
                                                        f"--web.listen-address={address}"],
        "node_exporter, no collector": lambda address: ["/usr/bin/prometheus-node-exporter", "--collector.disable-defaults",
                                                        f"--web.listen-address={address}"],
    }
    times = {name: [] for name in programs}
    for _ in range(STARTS):  # in turn, so that all meet the same noise
        for name, command in programs.items():
            address = free_address()
            times[name].append(seconds_to_first_answer(command(address), address) * 1000)
    print(f"\nstart to first answered /metrics, {STARTS} starts each")
    for name, each in times.items():
        print(f"  {name:30} least {min(each):5.2f} ms   median {statistics.median(each):5.2f} ms   most {max(each):5.2f} ms")
    ours, theirs = (statistics.median(each) for each in times.values())
    print(f"  {ours / theirs:.2f} of the time of node_exporter")


def resident(program):
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def series_of(page):
    return sum(not line.startswith("#") for line in page.splitlines())


def tell_memory(program, accounts, page):
    """Over the next polls of most endpoints."""
    samples = []
    end = time.monotonic() + WATCHED
    while time.monotonic() < end:
        samples.append(resident(program))
        time.sleep(0.1)
    print(f"\nresident with {accounts} accounts, {series_of(page):,} series, watched for {WATCHED} s: "
          f"{min(samples):.1f} to {max(samples):.1f} MiB, median {statistics.median(samples):.1f} MiB")


def scrape(url, encoding):
    """Requests per second, and the time of half and of 99 % of them."""
    report = subprocess.run(["wrk", "-t1", "-c1", f"-d{SCRAPED}s", "--latency", "-H", f"Accept-Encoding: {encoding}", url], check=True,
                            capture_output=True, text=True).stdout
    # A server that ends each connection after its answer, as the library's does, is told as a read error.
    if "Non-2xx" in report or re.search(r"Socket errors: (connect [^0]|.*write [^0]|.*timeout [^0])", report):
        raise RuntimeError(report)
    rate = float(re.search(r"Requests/sec:\s+(\S+)", report)[1])
    return rate, *(re.search(rf"^ *{share}% +(\S+)", report, re.MULTILINE)[1] for share in (50, 99))


def scrapes(exporter_url, page, peer, folder):
    (folder / "page").mkdir(exist_ok=True)
    (folder / "page" / "metrics").write_text(page, encoding="utf-8")
    (folder / "page" / "metrics.gz").write_bytes(gzip.compress(page.encode(), 6))
    nginx, library = free_address(), free_address()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder.resolve(), address=nginx), encoding="utf-8")
    with Program("nginx", folder, ["/usr/sbin/nginx", "-c", folder.resolve() / "nginx.conf"]) as file_server, \
            Program("prometheus_cpp", folder, [peer, str(series_of(page)), library]) as registry:
        servers = {"cpaas_exporter": exporter_url, "nginx, from a file": f"http://{nginx}", "prometheus-cpp": f"http://{library}"}
        file_server.answers(f"http://{nginx}/metrics")
        registry.answers(f"http://{library}/metrics")
        for encoding in ("identity", "gzip"):
            for url in servers.values():
                request = urllib.request.Request(f"{url}/metrics", headers={"Accept-Encoding": encoding})
                with urllib.request.urlopen(request) as answer:
                    if answer.headers.get("Content-Encoding", "identity") != encoding:
                        raise RuntimeError(f"{url} does not answer in {encoding}")
            print(f"\nscrapes of {series_of(page):,} series, {encoding}, one connection")
            rates = {name: scrape(f"{url}/metrics", encoding) for name, url in servers.items()}
            for name, (rate, half, most) in rates.items():
                print(f"  {name:20} {rate:10,.0f} /s   p50 {half:>9}   p99 {most:>9}   the exporter is {rates['cpaas_exporter'][0] / rate:,.2f} x")


def once(exporter, folder):
    begin = time.perf_counter()
    subprocess.run([exporter, "once", f"--config.file={folder}/cpaas.yml"], check=True, capture_output=True)
    print(f"\nonce, 5 accounts: {(time.perf_counter() - begin) * 1000:.0f} ms")


def main(exporter, sandbox, peer, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"program: {os.path.getsize(exporter) / 1e6:.1f} MB")

    def configure(fives):
        (folder / "cpaas.yml").write_text(exporter_config(f"http://127.0.0.1:{running.port}", fives), encoding="utf-8")
        (folder / "state.db").unlink(missing_ok=True)

    with Sandbox(sandbox, folder, "--seed=1", "--speed=1", f"--accounts={MANY}", "--customers=24") as running:
        configure(1)
        once(exporter, folder)
        configure(FEW)
        starts(exporter, folder)
        for fives in (FEW, MANY):
            configure(fives)
            with Exporter(exporter, folder, free_address()) as serving:
                page = page_after_good_polls(serving)
                tell_memory(serving, 5 * fives, page)
                if fives == MANY:
                    scrapes(serving.url, page, peer, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
