#!/usr/bin/env python3
"""compare.py EXPORTER TOOLKIT: the same web configuration files and requests to the exporter and to a server of Prometheus' exporter-toolkit
(main.go). Prints a table of both answers; exit 1 if the exporter's is another where it is not known to be better."""
import base64
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stack"))
from programs import free_address, wait_until  # noqa: E402

warnings.filterwarnings("ignore", category=DeprecationWarning)  # old versions of TLS are to be refused

HASH = "$2b$04$WQadohg6cZNiCMSD842E0.cjacFBjXiDx4USPlvM1AoN.tknliu.a"  # of "secret"
LOGIN = f"basic_auth_users: {{alice: {HASH}}}\n"
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
NO_START = "does not start"
NO_TLS = "no handshake"


def client(kind, sans="", more=""):
    return (f"tls_server_config: {{cert_file: server.crt, key_file: server.key, client_auth_type: {kind}, client_ca_file: ca.crt"
            f"{sans and f', client_allowed_sans: [{sans}]'}{more}}}\n")


def authorization(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


class Get:
    """One request to /metrics. `headers` of the answer that are named in `show` are part of what is compared."""

    def __init__(self, what, tls=None, show=(), times=1, **headers):
        self.what, self.tls, self.show, self.times, self.headers = what, tls, show, times, headers

    def of(self, address, folder):
        return [self.once(address, folder) for _ in range(self.times)][-1]

    def once(self, address, folder):
        host, port = address.split(":")
        try:
            with socket.create_connection((host, int(port)), timeout=10) as plain:
                connection = plain if self.tls is None else self.tls(folder).wrap_socket(plain)
                fields = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                connection.sendall(f"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{fields}\r\n".encode())
                answer = b""
                while part := connection.recv(65536):
                    answer += part
        except (ssl.SSLError, ConnectionError):
            return NO_TLS
        status = re.match(rb"HTTP/1\.[01] (\d+)", answer)
        if not status:
            return NO_TLS
        head = answer.split(b"\r\n\r\n")[0].decode()
        shown = [found[0] for name in self.show if (found := re.search(rf"^{name}: .*$", head, re.IGNORECASE | re.MULTILINE))]
        return " ".join([status[1].decode(), *(each.strip().lower() for each in shown)])


def tls(newest=None, oldest=None, certificate=None, ciphers=None):
    def context(folder):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
        made.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
        made.minimum_version = oldest or ssl.TLSVersion.TLSv1
        if newest:
            made.maximum_version = newest
        if certificate:
            made.load_cert_chain(folder / f"{certificate}.crt", folder / f"{certificate}.key")
        return made
    return context


V = ssl.TLSVersion
SECRET = authorization("alice:secret")
HEADERS = ("X-Frame-Options", "X-Content-Type-Options", "Strict-Transport-Security", "X-XSS-Protection", "Content-Security-Policy")
# What is asked of a server with each web file.
CASES = [
    ("no protection", "http_server_config: {http2: false}\n", [Get("plain"), Get("TLS", tls())]),
    ("a login", LOGIN, [
        Get("none", show=("WWW-Authenticate",)), Get("good", **SECRET), Get("wrong password", show=("WWW-Authenticate",), **authorization("alice:wrong")),
        Get("unknown name", **authorization("bob:secret")), Get("empty password", **authorization("alice:")),
        Get("no base64", Authorization="Basic !"), Get("another scheme", Authorization="Bearer secret"), Get("scheme in capitals", **{
            "Authorization": SECRET["Authorization"].replace("Basic", "BASIC")})]),
    ("TLS", TLS, [
        Get("plain to it"), Get("TLS 1.3", tls(oldest=V.TLSv1_3)), Get("TLS 1.2", tls(V.TLSv1_2)), Get("TLS 1.1", tls(V.TLSv1_1)),
        Get("CBC of TLS 1.2", tls(V.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-SHA256"))]),
    ("TLS 1.3 alone", TLS.replace("}", ", min_version: TLS13}"), [Get("TLS 1.3", tls()), Get("TLS 1.2", tls(V.TLSv1_2))]),
    ("TLS 1.2 alone", TLS.replace("}", ", max_version: TLS12}"), [Get("TLS 1.3 alone", tls(oldest=V.TLSv1_3)), Get("TLS 1.2", tls(V.TLSv1_2))]),
    ("one cipher", TLS.replace("}", ", max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}")
     + "http_server_config: {http2: false}\n", [
        Get("that one", tls(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")), Get("another", tls(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256"))]),
    ("TLS and a login", TLS + LOGIN, [Get("none", tls()), Get("good", tls(), **SECRET)]),
    ("RequireAndVerifyClientCert", client("RequireAndVerifyClientCert"), [
        Get("none", tls()), Get("good", tls(certificate="client")), Get("of another authority", tls(certificate="stranger"))]),
    ("RequireAnyClientCert", client("RequireAnyClientCert").replace(", client_ca_file: ca.crt", ""), [
        Get("none", tls()), Get("of another authority", tls(certificate="stranger"))]),
    ("VerifyClientCertIfGiven", client("VerifyClientCertIfGiven"), [
        Get("none", tls()), Get("good", tls(certificate="client")), Get("of another authority", tls(certificate="stranger"))]),
    ("RequestClientCert", client("RequestClientCert").replace(", client_ca_file: ca.crt", ""), [
        Get("none", tls()), Get("of another authority", tls(certificate="stranger"))]),
    ("a name that may", client("RequireAndVerifyClientCert", "client.example"), [Get("good", tls(certificate="client"))]),
    ("a name that may not", client("RequireAndVerifyClientCert", "example"), [Get("another name", tls(certificate="client"))]),
    ("headers", "http_server_config: {headers: {X-Frame-Options: deny, X-Content-Type-Options: nosniff, X-XSS-Protection: '1',"
     " Content-Security-Policy: none, Strict-Transport-Security: max-age=9}}\n", [Get("all", show=HEADERS)]),
    ("a rate limit", "rate_limit: {burst: 3, interval: 1h}\n", [Get("the third", times=3), Get("the fourth")]),
    # Files that should not be served with.
    ("an empty file", "", [Get("plain")]),
    ("a word that is unknown", "tls_server_confg: {}\n", [Get("plain")]),
    ("no YAML", "basic_auth_users: {\n", [Get("plain")]),
    ("a hash that is none", "basic_auth_users: {alice: secret}\n", [Get("good", **SECRET)]),
    ("no key", "tls_server_config: {cert_file: server.crt}\n", [Get("TLS", tls())]),
    ("no such certificate", TLS.replace("server.crt", "nowhere.crt"), [Get("TLS", tls())]),
    ("another's key", TLS.replace("server.key", "client.key"), [Get("TLS", tls())]),
    ("no such version", TLS.replace("}", ", min_version: TLS14}"), [Get("TLS", tls())]),
    ("no such cipher", TLS.replace("}", ", cipher_suites: [ROT13]}"), [Get("TLS", tls())]),
    ("authorities without a use", client("NoClientCert"), [Get("TLS", tls())]),
    ("a header that is another's", "http_server_config: {headers: {Content-Length: '0'}}\n", [Get("plain")]),
]
# The file changes while the server runs.
CHANGES = [
    ("a login, then another", LOGIN, LOGIN.replace("alice", "bob"), [Get("the old one", **SECRET), Get("the new one", **authorization("bob:secret"))]),
    ("a login, then an empty file", LOGIN, "", [Get("none"), Get("good", **SECRET)]),
    ("a login, then a broken file", LOGIN, "basic_auth_users: {\n", [Get("none"), Get("good", **SECRET)]),
    ("TLS, then a missing certificate", TLS, TLS.replace("server.crt", "nowhere.crt"), [Get("TLS", tls())]),
]
# Where the exporter's answer is another: what it is, and why that is better.
BETTER = {
    ("an empty file", "plain", NO_START): "better: a file that was cut off opens nothing",
    ("a login, then an empty file", "none", "401"): "better: nor does it switch the login off",
    ("a login, then a broken file", "none", "401"): "better: what was good goes on",
    ("a login, then a broken file", "good", "200"): "better: what was good goes on",
    ("TLS, then a missing certificate", "TLS", "200"): "better: what was good goes on",
}


def run(*command, folder):
    subprocess.run(command, check=True, cwd=folder, capture_output=True)


def make_certificate(folder, name, signed_by=None):
    signer = ["-CA", f"{signed_by}.crt", "-CAkey", f"{signed_by}.key"] if signed_by else []
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName=DNS:{name}.example", "-keyout", f"{name}.key", "-out", f"{name}.crt", *signer, folder=folder)


class Server:
    """Serves with FOLDER/web.yml, or `started` is false."""

    def __init__(self, command, folder):
        self.address = free_address()
        self.log = open(folder / "log", "ab")
        self.process = subprocess.Popen([str(each).format(address=self.address) for each in command], stderr=self.log, stdout=self.log)
        self.started = self.listens()

    def listens(self):
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(self.address.rpartition(":")[2]))) == 0:
                    return True
            time.sleep(0.01)
        return False

    def logged(self):
        return Path(self.log.name).read_bytes()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()


def answers(command, says_reloaded, folder, first, then, gets):
    (folder / "web.yml").write_text(first, encoding="utf-8")
    with Server(command, folder) as server:
        if not server.started:
            return [NO_START] * len(gets)
        if then is not None:
            before = len(server.logged())
            (folder / "web.yml").write_text(then, encoding="utf-8")
            if says_reloaded:
                wait_until("a word of the new file", lambda: b"reloaded" in server.logged()[before:])
        return [get.of(server.address, folder) for get in gets]


def compare(commands, folder):
    """Rows of (web file, request, the exporter's answer, the toolkit's)."""
    for name, first, then, gets in [(name, text, None, gets) for name, text, gets in CASES] + CHANGES:
        ours, theirs = (answers(*command, folder, first, then, gets) for command in commands)
        yield from ((name, get.what, *pair) for get, *pair in zip(gets, ours, theirs))


def main(exporter, toolkit):
    worse = 0
    with tempfile.TemporaryDirectory(prefix="cpaas_toolkit_") as name:
        folder = Path(name)
        make_certificate(folder, "ca")
        make_certificate(folder, "server")
        make_certificate(folder, "client", "ca")
        make_certificate(folder, "stranger")
        (folder / "cpaas.yml").write_text("accounts: [{name: nobody, provider: agentphone, base_url: 'http://127.0.0.1:1', api_key: key}]\n", encoding="utf-8")
        web = folder / "web.yml"
        # The exporter looks every other second, and says so; the toolkit looks at every request.
        commands = (([exporter, f"--config.file={folder}/cpaas.yml", "--state.url=memory:", "--web.listen-address={address}", f"--web.config.file={web}"], True),
                    ([toolkit, "{address}", web], False))
        print("| web file | request | cpaas_exporter | exporter-toolkit | |\n|---|---|---|---|---|")
        for file, what, ours, theirs in compare(commands, folder):
            why = "equal" if ours == theirs else BETTER.get((file, what, ours))
            worse += why is None
            print(f"| {file} | {what} | {ours} | {theirs} | {why or '**another**'} |", flush=True)
    sys.exit(1 if worse else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
