#!/usr/bin/env python3
"""jasmin.py EXPORTER FOLDER: the exporter in front of a real Jasmin SMS gateway; exit 1 if what it counts is not what Jasmin counts.

Jasmin is installed into FOLDER, from PyPI, if it is not there: a virtual environment, and the source archive, whose configuration the package
lacks. Redis and RabbitMQ are Debian's. Everything is on loopback, on ports that the system chose, with its files in a folder of its own, and ends with this program.
"""
import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile
import venv
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))
from programs import Exporter, Program, fetch, free_address, wait_until  # noqa: E402

VERSION = "0.11.1"  # for Python up to 3.11
USER, PASSWORD, BALANCE, QUOTA, RATE = "shop", "s3cret", 100, 500, 0.05
MESSAGES = (7, 12)  # short ones, sent in two goes


def install(home):
    done = home / f"jasmin-{VERSION}.done"
    if done.exists():
        return
    print("installing Jasmin", flush=True)
    venv.create(home / "venv", with_pip=True, clear=True)
    pip = home / "venv/bin/pip"
    subprocess.run([pip, "install", "--quiet", f"jasmin=={VERSION}"], check=True)
    subprocess.run([pip, "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", home, f"jasmin=={VERSION}"], check=True)
    with tarfile.open(home / f"jasmin-{VERSION}.tar.gz") as archive:
        archive.extractall(home)
    done.touch()


def free_port():
    return int(free_address().split(":")[1])


class Listening(Program):
    """A program that is there when its port is."""

    def __init__(self, name, folder, command, port, env=None):
        super().__init__(name, folder, command, env)
        self.port = port

        def connects():
            with socket.create_connection(("127.0.0.1", port), 5):
                return True

        self.wait_for("its port", connects)


class Redis(Listening):
    def __init__(self, folder):
        port = free_port()
        super().__init__("redis", folder, ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", folder], port)


class RabbitMq(Listening):
    """Its distribution listens on loopback too, and so does the port mapper, which is its own."""

    def __init__(self, folder):
        port = free_port()
        env = {**os.environ, "HOME": str(folder), "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(port),
               "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1",
               "RABBITMQ_NODENAME": "cpaas@localhost", "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"), "RABBITMQ_LOG_BASE": str(folder / "logs"),
               "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"), "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
               "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"}
        # The script in sbin would change to a user of its own.
        script = next(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
        self.env = env
        super().__init__("rabbitmq", folder, [script], port, env)

    def end(self):
        super().end()
        Program("epmd", Path(self.env["HOME"]), ["epmd", "-kill"], self.env).process.wait()


class Jasmin(Listening):
    def __init__(self, folder, home, redis, rabbit):
        self.http, cli = free_port(), free_port()
        for name in ("store", "log"):
            (folder / name).mkdir()
        sections = {"smpp-server": free_port(), "smpp-server-pb": free_port(), "client-management": free_port(), "router": free_port(),
                    "http-api": self.http, "jcli": cli}
        text = "".join(f"[{name}]\nbind = 127.0.0.1\nport = {port}\n" for name, port in sections.items())
        text += f"[amqp-broker]\nport = {rabbit.port}\n[redis-client]\nport = {redis.port}\n"
        (folder / "jasmin.cfg").write_text(text, encoding="utf-8")
        env = {**os.environ, "CONFIG_PATH": str(folder), "RESOURCE_PATH": f"{home}/jasmin-{VERSION}/misc/config/resource", "STORE_PATH": str(folder / "store"),
               "LOG_PATH": str(folder / "log")}
        super().__init__("jasmin", folder, [f"{home}/venv/bin/jasmind.py", "-u", "admin", "-p", "admin"], cli, env)
        self.url = f"http://127.0.0.1:{self.http}"
        self.wait_for("its HTTP API", lambda: "pong" in fetch(f"{self.url}/ping", 5).lower())

    def type(self, lines):
        """On its command line; gives what it says. It asks for the name only when it was given once."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as line:
            everything = ""
            for text in ["jcliadmin", "jclipwd", *lines]:
                line.sendall(f"{text}\r\n".encode())
                said = ""
                while not re.search(r"(Password: |jcli : |> )$", said):
                    part = line.recv(65536)
                    if not part:
                        raise RuntimeError(f"Jasmin's command line ended: {everything}{said}")
                    said += re.sub("\x1b" + r"(c|\[[0-9;?]*[A-Za-z])", "", part.decode(errors="replace"))
                everything += said
        return everything

    def send(self):
        query = urllib.parse.urlencode({"username": USER, "password": PASSWORD, "to": "15550000001", "content": "Hello"})
        answer = fetch(f"{self.url}/send?{query}")
        if not answer.startswith("Success"):
            raise RuntimeError(f"not sent: {answer}")

    def sent(self):
        """How many messages it has taken, as it tells Prometheus."""
        return int(float(re.search(r"^httpapi_success_count (\S+)", fetch(f"{self.url}/metrics"), re.MULTILINE)[1]))


# Of a carrier that is not there: what Jasmin has taken is paid, and waits.
SET_UP = ["group -a", "gid shops", "ok", "user -a", f"username {USER}", f"password {PASSWORD}", "gid shops", f"uid {USER}",
          f"mt_messaging_cred quota balance {BALANCE}", f"mt_messaging_cred quota sms_count {QUOTA}", "ok",
          "smppccm -a", "cid carrier", f"port {free_port()}", "ok", "smppccm -1 carrier",
          "mtrouter -a", "type DefaultRoute", "connector smppc(carrier)", f"rate {RATE}", "ok"]


def value(page, series):
    found = re.search("^" + re.escape(series) + r" (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else None


def series(name, labels=""):
    return f'{name}{{provider="jasmin",account="shop"{labels}}}'


def expect(exporter, what, wanted):
    """Waits until all series have the values."""
    page = ""

    def holds():
        nonlocal page
        page = fetch(f"{exporter.url}/metrics")
        return all(abs((value(page, name) if value(page, name) is not None else 1e9) - number) < 1e-9 for name, number in wanted.items())

    try:
        wait_until(what, holds, 30)
    except TimeoutError:
        for name, number in wanted.items():
            print(f"{what}: {name} is {value(page, name)}, should be {number}")
        return False
    print(f"{what}: " + ", ".join(f"{name.split('{')[0]} {number:g}" for name, number in wanted.items()))
    return True


def compared(jasmin, exporter, before):
    good = True
    for messages in MESSAGES:
        for _ in range(messages):
            jasmin.send()
        sent = jasmin.sent() - before
        euro = ',currency="EUR"'
        good = expect(exporter, f"{sent} messages by Jasmin's own count", {
            series("cpaas_balance", euro): BALANCE - sent * RATE, series("cpaas_balance_spent_total", euro): sent * RATE,
            series("cpaas_credits_remaining"): QUOTA - sent, series("cpaas_credits_spent_total"): sent}) and good
    return good and sent == sum(MESSAGES)


def main(program, home):
    home = Path(home).resolve()
    install(home)
    with tempfile.TemporaryDirectory(prefix="cpaas_jasmin_") as name:
        folder = Path(name)
        with Redis(folder) as redis, RabbitMq(folder) as rabbit, Jasmin(folder, home, redis, rabbit) as jasmin:
            jasmin.type(SET_UP)
            (folder / "cpaas.yml").write_text(
                f"accounts:\n  - {{name: shop, provider: jasmin, base_url: '{jasmin.url}', username: {USER}, password: {PASSWORD}, currency: EUR,\n"
                "     interval: 1s, requests_per_minute: 6000}\n", encoding="utf-8")
            before = jasmin.sent()
            with Exporter(program, folder, free_address()) as exporter:
                exporter.page_after_polls()
                expect(exporter, "before", {series("cpaas_balance", ',currency="EUR"'): BALANCE})
                return 0 if compared(jasmin, exporter, before) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
