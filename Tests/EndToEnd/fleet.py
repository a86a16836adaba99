"""A coordinator with its agents, in a scratch folder of their own; everything is taken away when the test ends."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from programs import PATIENCE, Program, binary, until


class LocalConnection(http.client.HTTPConnection):
    """HTTP over the coordinator's own Unix socket, which is there from every network namespace."""

    def __init__(self, path):
        super().__init__("coordinator", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    """What a command said."""

    def __init__(self, status, output, messages):
        self.status = status
        self.output = output
        self.messages = messages

    @property
    def rows(self):
        return json.loads(self.output)


class Fleet:
    """Made in a test's setUp. `wrap` puts words before the coordinator's command, such as those of a namespace; then it
    is spoken to by its Unix socket."""

    def __init__(self, test, wrap=()):
        self.test = test
        self.folder = tempfile.mkdtemp(prefix="pp-e2e-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.wrap = list(wrap)
        self.database = self.path("p.sqlite")
        self.socket = self.path("periplus.sock")
        self.coordinator = None
        self.port = 0
        self.url = None
        self.token = None
        self.environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("PERIPLUS_", "XDG_", "http_proxy", "https_proxy", "HTTP"))}
        self.environment.update(HOME=self.folder, TMPDIR=self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    # The coordinator.

    def serve(self, *options, address="127.0.0.1"):
        """Starts the coordinator, on the port it had before if it had one, and waits until it takes requests."""
        program = Program(
            *self.wrap, binary("periplus"), "serve", "--listen", f"{address}:{self.port}", "--database", self.database,
            "--socket", self.socket, *options, environment=self.environment)
        self.test.addCleanup(program.kill)
        match = program.line(r"listening on (https?://\S+:(\d+))$")
        self.coordinator, self.url, self.port = program, match[1], int(match[2])
        if self.token is None:
            # The line comes from the network listener; the socket beside it may be a moment later.
            until(lambda: os.path.exists(self.socket), "the coordinator's own socket")
            self.token = self.cli(
                "tokens", "add", "api", "--role", "admin", "--local", "--socket", self.socket).output.strip()
        return program

    def crash_coordinator(self):
        self.coordinator.kill()

    def cli(self, *arguments, expect=0, environment=None):
        """Runs the operator's command line and checks its status."""
        variables = dict(self.environment)
        if self.url:
            variables["PERIPLUS_URL"] = self.url
        if self.token:
            variables["PERIPLUS_TOKEN"] = self.token
        variables.update(environment or {})
        if self.wrap and "--socket" not in arguments:
            arguments += ("--socket", self.socket)
        return self.run(binary("periplus"), *arguments, expect=expect, environment=variables)

    def run(self, *command, expect=0, environment=None):
        done = subprocess.run(
            [str(word) for word in command], env=environment or self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if expect is not None:
            self.test.assertEqual(
                done.returncode, expect, f"{' '.join(map(str, command))[:400]}\n{done.stdout[:2000]}\n{done.stderr[:2000]}")
        return answer

    def request(self, method, path, body=None, token=None, headers=None):
        """One request to the coordinator; returns the status and what the JSON says."""
        connection = (
            LocalConnection(self.socket) if self.wrap
            else http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE))
        try:
            fields = {"Authorization": f"Bearer {token or self.token}"}
            if body is not None:
                fields["Content-Type"] = "application/json"
            fields.update(headers or {})
            payload = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, payload, fields)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        finally:
            connection.close()

    # Agents.

    def join_token(self, *options):
        secret = self.cli("tokens", "add", "join", *options).output.strip()
        return self.write(f"join-{os.urandom(4).hex()}", secret + "\n")

    def enrol(self, name, *options, token_file=None, agent_options=(), wrap=()):
        """Enrols an agent; returns the path of its identity."""
        identity = self.path(f"{name}.json")
        self.run(
            *wrap, binary("periplus-agent"), "enroll", "--coordinator", self.url, "--token-file",
            token_file or self.join_token(*options), "--name", name, "--identity", identity, *agent_options)
        return identity

    def start_agent(self, identity, *options, wrap=()):
        program = Program(
            *wrap, binary("periplus-agent"), "run", "--identity", identity, *options, environment=self.environment)
        self.test.addCleanup(program.kill)
        program.line(r"works for")
        return program

    def agent(self, name, *options):
        """An agent enrolled and at work."""
        return self.start_agent(self.enrol(name, *options))

    def wait_for_inventory(self, name):
        until(lambda: any(
            row["name"] == name and row.get("inventoryAt") for row in self.request("GET", "/api/v1/agents")[1]["rows"]),
            f"an inventory of {name}")

    # Scans.

    def submit(self, *arguments):
        """Submits a scan; returns its number."""
        row = self.cli("scans", "submit", *arguments, "-o", "json").rows[0]
        return int(row["id"].removeprefix("scan:"))

    def scan(self, number):
        status, row = self.request("GET", f"/api/v1/scans/{number}")
        self.test.assertEqual(status, 200, row)
        return row

    def coverage(self, number):
        coverage = self.scan(number)["coverage"]
        counts = {key: int(coverage[key]) for key in ("size", "probed", "skipped", "failed", "notReached")}
        self.test.assertEqual(
            counts["size"], counts["probed"] + counts["skipped"] + counts["failed"] + counts["notReached"],
            f"the receipt adds up: {counts}")
        return counts

    def wait_until_probed(self, number, count=1):
        until(lambda: self.coverage(number)["probed"] >= count, f"{count} probes of scan {number}")

    def wait_until_over(self, number, within=PATIENCE):
        row = until(
            lambda: (row := self.scan(number))["state"] not in ("queued", "running") and row, f"the end of scan {number}",
            within)
        return row["state"]

    def demand_whole(self, number):
        """Every endpoint was probed, and none twice."""
        counts = self.coverage(number)
        self.test.assertEqual(counts["probed"], counts["size"], counts)
        self.test.assertEqual(self.scan(number)["state"], "done")

    def ports(self, *query):
        return self.cli("ports", *query, "-o", "json").rows

    def stop(self, program):
        """Asks a program to stop, and returns its status."""
        program.signal(signal.SIGTERM)
        return program.ended()
