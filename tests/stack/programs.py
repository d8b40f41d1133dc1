"""The programs of a monitoring stack on loopback, each on a port that the system chose: sandbox, exporter, Prometheus, VictoriaMetrics with
vmalert, Alertmanager, and a receiver of its notifications. Each is a context that ends what it started."""
import http.server
import json
import re
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.parse
import urllib.request


def fetch(request, timeout=30):
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return answer.read().decode()


def free_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def clock_at(library, folder, moment):
    """The environment of a program whose clock shows `moment`, in seconds since the epoch, now: by the library cpaas_shifted_clock."""
    offset = folder / "offset"
    offset.write_bytes(struct.pack("q", int((moment - time.time()) * 1e9)))
    return {"TZ": "UTC", "LD_PRELOAD": str(library), "SHIFTED_CLOCK": str(offset)}


def wait_until(what, condition, seconds=60):
    """The first true value of condition(), which is asked again and again; TimeoutError if there is none. An OSError counts as not yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds} s in vain for {what}")


class Program:
    """A running program, its output in FOLDER/NAME.log; terminated at the end."""

    def __init__(self, name, folder, command, env=None):
        self.name = name
        with open(folder / f"{name}.log", "a", encoding="utf-8") as log:
            command = ["setpriv", "--pdeathsig", "TERM", *map(str, command)]  # so that it does not outlive this program, however that ends
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env)

    def alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended; see {self.name}.log")
        return True

    def wait_for(self, what, condition):
        return wait_until(f"{self.name}: {what}", lambda: self.alive() and condition())

    def answers(self, url):
        self.wait_for("its web server", lambda: fetch(url, 5) is not None)

    def end(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Sandbox(Program):
    def __init__(self, program, folder, *options, port=0):
        port_file = folder / "sandbox.port"
        port_file.unlink(missing_ok=True)
        super().__init__("sandbox", folder, [program, f"--listen=127.0.0.1:{port}", f"--port-file={port_file}", *options])
        self.wait_for("its port", lambda: port_file.exists() and port_file.read_text())
        self.port = int(port_file.read_text())

    def ask(self, path, body=None):
        """POSTs to the path; another method stands before it, as in `DELETE /sandbox/faults`. Gives the answer's JSON."""
        method, _, path = path.rpartition(" ")
        data = json.dumps(body).encode() if body is not None else None
        return json.loads(fetch(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method or "POST", data=data)))


class Exporter(Program):
    """Reads FOLDER/cpaas.yml, keeps FOLDER/state.db."""

    def __init__(self, program, folder, address, env=None):
        self.url = f"http://{address}"
        command = [program, f"--config.file={folder}/cpaas.yml", f"--state.url=sqlite:{folder}/state.db", f"--web.listen-address={address}",
                   "--log.level=error"]
        super().__init__("exporter", folder, command, env)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def page_after_polls(self):
        """The first page on which every endpoint was polled."""
        unpolled = re.compile(r"^cpaas_last_attempt_timestamp_seconds\S* 0$", re.MULTILINE)

        def page():
            text = fetch(f"{self.url}/metrics")
            return "cpaas_last_attempt" in text and not unpolled.search(text) and text

        return self.wait_for("its first polls", page)


class QueryApi(Program):
    """A program with Prometheus' web interface at `url`."""

    def get(self, path, timeout=120, **form):
        return json.loads(fetch(urllib.request.Request(f"{self.url}/api/v1/{path}", data=urllib.parse.urlencode(form).encode() if form else None),
                                timeout))["data"]

    def query(self, expression):
        return self.get("query", query=expression)["result"]

    def reload(self):
        fetch(urllib.request.Request(f"{self.url}/-/reload", method="POST"))


class Prometheus(QueryApi):
    """Over FOLDER/tsdb, with the given configuration, by default one that scrapes nothing. Without a path, Debian's program."""

    def __init__(self, folder, *options, config="{}\n", program="prometheus"):
        address = free_address()
        self.url = f"http://{address}"
        self.config = folder / "prometheus.yml"
        self.config.write_text(config, encoding="utf-8")
        super().__init__("prometheus", folder, [program, f"--config.file={self.config}", f"--storage.tsdb.path={folder}/tsdb",
                                                "--storage.tsdb.retention.time=50y", f"--web.listen-address={address}",
                                                "--web.enable-lifecycle", *options])
        self.answers(f"{self.url}/-/ready")

    def reconfigure(self, config):
        self.config.write_text(config, encoding="utf-8")
        self.reload()


class VictoriaMetrics(QueryApi):
    """The single node over FOLDER/victoria, with the given scrape configuration."""

    def __init__(self, program, folder, *options, config="scrape_configs: []\n"):
        address = free_address()
        self.url = f"http://{address}"
        self.config = folder / "victoria.yml"
        self.config.write_text(config, encoding="utf-8")
        super().__init__("victoria", folder, [program, f"-storageDataPath={folder}/victoria", f"-httpListenAddr={address}", "-retentionPeriod=50y",
                                              f"-promscrape.config={self.config}", *options])
        self.answers(f"{self.url}/health")

    def reconfigure(self, config):
        self.config.write_text(config, encoding="utf-8")
        self.reload()

    def load(self, open_metrics):
        """Takes in a file of samples with timestamps in seconds, which VictoriaMetrics would have in milliseconds."""
        lines = []
        for line in open_metrics.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                sample, _, timestamp = line.rpartition(" ")
                lines.append(f"{sample} {round(float(timestamp) * 1000)}\n")
        fetch(urllib.request.Request(f"{self.url}/api/v1/import/prometheus", "".join(lines).encode()))
        fetch(f"{self.url}/internal/force_flush")


class Vmalert(Program):
    """Evaluates FOLDER/rules.yml over a VictoriaMetrics."""

    def __init__(self, program, folder, victoria, alertmanager, *options):
        address = free_address()
        super().__init__("vmalert", folder, [program, f"-rule={folder}/rules.yml", f"-datasource.url={victoria.url}", f"-remoteWrite.url={victoria.url}",
                                             f"-remoteRead.url={victoria.url}", f"-notifier.url={alertmanager.url}", f"-httpListenAddr={address}", *options])
        self.answers(f"http://{address}/health")


class Alertmanager(Program):
    def __init__(self, folder, config_file):
        address = free_address()
        self.address, self.url = address, f"http://{address}"
        super().__init__("alertmanager", folder, ["prometheus-alertmanager", f"--config.file={config_file}", f"--storage.path={folder}/alertmanager",
                                                  f"--web.listen-address={address}", "--cluster.listen-address="])
        self.answers(f"{self.url}/-/ready")

    def alerts(self):
        return json.loads(fetch(f"{self.url}/api/v2/alerts"))

    def post(self, alerts):
        fetch(urllib.request.Request(f"{self.url}/api/v2/alerts", json.dumps(alerts).encode(), {"Content-Type": "application/json"}))


class Receiver:
    """Takes Alertmanager's webhooks: notifications is a list of (path, body), in their order."""

    def __init__(self):
        self.notifications = notifications = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                notifications.append((self.path.lstrip("/"), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
