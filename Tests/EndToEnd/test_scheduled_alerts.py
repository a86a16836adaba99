"""The scan that runs by itself and speaks only when something changed: a schedule in a lab of two hosts finds a port that was
opened after its first run, and one message arrives, at least once and never under a second id, whatever is killed."""

import json
import os
import sys
import unittest

from programs import Program, until
from receivers import AlertFleet, Receiver

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

A, B = "10.78.0.1", "10.78.0.2"
STEADY, LATE = 8101, 8102
SERVER = """
import socket, sys, threading
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
while True: server.accept()[0].close()
"""


class ScheduledAlertTests(unittest.TestCase):
    def setUp(self):
        self.here, self.there = self.namespace("a"), self.namespace("b")
        self.here.link("eth0", self.there, "eth0")
        self.here.address("eth0", f"{A}/24")
        self.there.address("eth0", f"{B}/24")
        self.open(STEADY)
        # The coordinator and its agent look from here at there.
        self.fleet = AlertFleet(self, wrap=self.here.command())
        self.receiver = self.receive()

    def namespace(self, name):
        namespace = Namespace(name)
        self.addCleanup(namespace.remove)
        return namespace

    def open(self, port):
        server = Program(*self.there.command(sys.executable, "-c", SERVER, B, str(port)))
        self.addCleanup(server.kill)
        server.line("ready")

    def receive(self):
        """A receiver in the coordinator's namespace, whose log says what came."""
        receiver = Program(*self.here.command(sys.executable, os.path.abspath(__file__), "receive"))
        self.addCleanup(receiver.kill)
        self.url = receiver.line(r"^listening on (\S+)$")[1]
        return receiver

    @property
    def messages(self):
        return [json.loads(line) for line in list(self.receiver.lines) if line.startswith("{")]

    def begin(self):
        self.policy = self.fleet.write("deliveries.conf", AlertFleet.POLICY)
        os.chmod(self.policy, 0o600)
        self.start()
        token = self.fleet.join_token()
        self.fleet.start_agent(
            self.fleet.enrol("watcher", "--duties", "scan", token_file=token, wrap=self.here.command()),
            wrap=self.here.command())
        self.fleet.cli("receivers", "add", "hook", "--kind", "webhook", "--destination", self.url)
        self.fleet.cli("alerts", "add", "exposure", "--to", "hook", "--wait", "1s")
        self.fleet.cli("schedules", "add", "watch", B, "-p", f"{STEADY},{LATE}", "--cron", "every 5s", "--time-zone", "UTC")

    def start(self):
        self.fleet.serve("--insecure-http", "--deliveries", self.policy, address=A)

    def runs(self):
        rows = self.fleet.cli("schedules", "runs", "watch", "-o", "json").rows
        return [int(row["scan"].removeprefix("scan:")) for row in reversed(rows) if row["outcome"] in ("ran", "caught-up")]

    def wait_for_run(self, number):
        scan = until(lambda: self.runs()[number - 1:number], f"run {number}")[0]
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        return scan

    def demand_one(self, first):
        """One id, one notice: the port that was opened, first seen so by a run after the first one."""
        messages = self.messages
        self.assertEqual(len({message["id"] for message in messages}), 1, messages)
        self.assertEqual({message["count"] for message in messages}, {1})
        entry = messages[0]["entry"]
        self.assertEqual((entry["kind"], entry["address"], entry["port"], entry["before"], entry["after"]),
                         ("opened", B, LATE, "closed", "open"))
        row, = self.fleet.cli("changes", "--kind", "opened", f"port:{LATE}", "-o", "json").rows
        self.assertEqual(row["address"], B)
        self.assertGreater(len(self.runs()), 1)
        self.assertEqual(self.runs()[0], first)

    def test_a_port_that_opens_between_two_runs_is_told_once(self):
        self.begin()
        first = self.wait_for_run(1)
        self.assertEqual(self.messages, [], "a first scan wakes nobody")
        self.open(LATE)
        seen = len(self.runs())
        until(lambda: self.messages, "the message")
        self.demand_one(first)
        # Two further runs find nothing new and tell nothing.
        self.wait_for_run(seen + 3)
        self.demand_one(first)
        self.assertEqual(len(self.messages), 1)

    def test_killed_at_any_moment_it_is_told_under_one_id(self):
        self.begin()
        first = self.wait_for_run(1)
        self.open(LATE)
        # While the run that finds it starts, while it is taken in, while it waits to be told, while it is told.
        for _ in range(4):
            seen = len(self.runs())
            until(lambda seen=seen: len(self.runs()) > seen, "the next run")
            self.fleet.crash_coordinator()
            self.start()
        until(lambda: self.messages, "the message")
        rows = until(lambda: [row for row in self.fleet.deliveries() if row["state"] == "delivered"], "its delivery")
        self.wait_for_run(len(self.runs()) + 1)
        self.demand_one(first)
        self.assertEqual([row["message"] for row in rows], [self.messages[0]["id"]])

    def test_killed_over_an_attempt_it_comes_again_under_the_same_id(self):
        self.begin()
        first = self.wait_for_run(1)
        # Nothing answers: the attempt hangs until the coordinator is killed over it.
        self.fleet.cli("receivers", "edit", "hook", "--destination", f"{self.url}?hang")
        self.open(LATE)
        until(lambda: self.messages, "an attempt")
        self.fleet.crash_coordinator()
        self.start()
        self.fleet.cli("receivers", "edit", "hook", "--destination", self.url)
        until(lambda: [row for row in self.fleet.deliveries() if row["state"] == "delivered"], "its delivery")
        self.assertGreaterEqual(len(self.messages), 2)
        self.demand_one(first)


def receive():
    """Says what it is sent, a line each; a request for `?hang` is said and never answered."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
            print(json.dumps({"id": self.headers["webhook-id"], "count": body["count"], "entry": body["entries"][0]}), flush=True)
            if self.path.endswith("?hang"):
                threading.Event().wait(60)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *words: None
    print(f"listening on http://127.0.0.1:{server.server_address[1]}/hook", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:] == ["receive"]:
        receive()
    else:
        unittest.main()
