"""Services through the coordinator: what `scans submit -sV` brings into the chart is what the agent finds alone, of real
servers on ports that are not theirs."""

import os
import sys
import time
import unittest

from fleet import Fleet
from programs import Program, binary, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

import real_servers  # noqa: E402  (the lab's own modules, found by the path above)
from namespaces import Namespace  # noqa: E402

# Accepts on a range of ports and says nothing, or what it is told; counts connections.
TALKER = """
import selectors, signal, socket, sys, time
greeting = bytes.fromhex(sys.argv[1])
selector = selectors.DefaultSelector()
for port in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    selector.register(listener, selectors.EVENT_READ)
kept, last = [], 0
def end(*_):
    print("connections", len(kept), time.monotonic() - last, flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        connection, _ = key.fileobj.accept()
        last = time.monotonic()
        kept.append(connection)
        try:
            connection.sendall(greeting)
        except OSError:
            pass
"""


def threads(pid):
    """The names of a process's threads."""
    names = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/comm", encoding="utf-8") as file:
                names.append(file.read().strip())
        except OSError:
            pass
    return names


class Bench:
    """A coordinator and an agent in one network namespace, where nobody else listens."""

    def __init__(self, test, namespace):
        self.test = test
        self.namespace = namespace
        self.fleet = Fleet(test, wrap=namespace.command())
        self.fleet.serve()

    def agent(self):
        identity = self.fleet.enrol(
            "here", token_file=self.fleet.join_token("--duties", "scan"), wrap=self.namespace.command())
        return self.fleet.start_agent(identity, wrap=self.namespace.command())

    def talker(self, greeting, first, last):
        program = Program(
            *self.namespace.command(sys.executable, "-c", TALKER, greeting.hex(), str(first), str(last)))
        self.test.addCleanup(program.kill)
        program.line("ready")
        return program


class RealServerTests(unittest.TestCase):
    maxDiff = None

    def test_what_is_found_is_what_the_agent_finds_alone(self):
        servers = real_servers.RealServers()
        self.addCleanup(servers.stop)
        for begin in (real_servers.ssh, real_servers.web, real_servers.mail_transfer, real_servers.caches):
            begin(servers)
        servers.wait()
        ports = ",".join(str(port) for port in servers.ports.values())
        bench = Bench(self, servers.namespace)
        alone = bench.fleet.run(
            *servers.namespace.command(binary("periplus-agent")), "scan", "127.0.0.1", "-p", ports, "-sV", "-o", "json",
            "--open").rows
        bench.agent()
        scan = bench.fleet.submit("127.0.0.1", "-p", ports, "-sV", "--wait")
        bench.fleet.demand_whole(scan)
        self.assertTrue(bench.fleet.scan(scan)["identifies"])
        rows = bench.fleet.ports("state:open", f"port:{ports}")

        def told(row):
            tls = row.get("tls") or {}
            return {
                "port": row["port"], "service": row["service"], "product": row["product"], "version": row["version"],
                "banner": row["banner"], "confidence": row["confidence"],
                "tlsVersion": row.get("tlsVersion", tls.get("version")),
                "tunnel": row.get("tunnel", "ssl" if tls.get("start") == "at-once" else None),
                "certificate": row.get("certificate", tls.get("certificate")),
            }

        expected = sorted((told(row) for row in alone), key=lambda row: row["port"])
        self.assertEqual(len(expected), len(servers.ports))
        found = sorted((told(row) for row in rows), key=lambda row: row["port"])
        # Which of several connections spoke first, and at which hour, differs from time to time.
        for row in expected + found:
            if row["service"] != "ssh":
                row["banner"] = bool(row["banner"])
        self.assertEqual(found, expected)
        by_name = {row["port"]: row for row in rows}
        https = by_name[servers.port("https")]
        self.assertEqual((https["service"], https["tunnel"], https["product"]), ("http", "ssl", "nginx"))
        self.assertIn("lab.example", https["certificate"]["alternativeNames"])
        self.assertEqual(by_name[servers.port("smtp")]["hostName"], "lab.example")
        self.assertIn("SHA256:", by_name[servers.port("ssh")]["info"])
        self.assertEqual(
            {row["port"] for row in bench.fleet.ports("product:nginx")},
            {servers.port(name) for name in ("http", "redirect", "https")})
        self.assertEqual(
            {row["port"] for row in bench.fleet.ports("service:redis")},
            {servers.port(name) for name in ("redis", "redis-tls")})
        table = bench.fleet.cli("ports", "product:nginx").output
        self.assertIn("ssl/http", table)
        # A scan that does not ask leaves what is known.
        bench.fleet.demand_whole(bench.fleet.submit("127.0.0.1", "-p", ports, "--wait"))
        self.assertEqual(len(bench.fleet.ports("product:nginx")), 3)


class IdentificationTests(unittest.TestCase):
    def setUp(self):
        self.namespace = Namespace("identified")
        self.addCleanup(self.namespace.remove)
        self.bench = Bench(self, self.namespace)
        self.fleet = self.bench.fleet

    def test_hostile_greetings_reach_nobody_raw(self):
        self.bench.talker(b"220 \x1b]0;owned\x07=cmd|' /C calc'!A0\xe2\x80\xae\r\n\x00\x9b31m", 3001, 3001)
        self.bench.agent()
        self.fleet.demand_whole(self.fleet.submit("127.0.0.1", "-p", "3001", "-sV", "--wait"))
        row, = self.fleet.ports("port:3001")
        self.assertIn("\\x1b]0;owned\\x07", row["banner"])
        for form in ("table", "wide", "json", "ndjson", "csv"):
            text = self.fleet.cli("ports", "port:3001", "-o", form).output
            for hidden in ("\x1b", "\x07", "\x9b", "\u202e", "\x00"):
                self.assertNotIn(hidden, text, form)

    def test_a_cancel_ends_the_asking_at_once_and_what_was_not_asked_counts_as_not_reached(self):
        silent = self.bench.talker(b"", 3001, 3300)
        agent = self.bench.agent()
        scan = self.fleet.submit("127.0.0.1", "-p", "3001-3400", "-sV")
        # The closed ports are told at once; the open ones are being asked, seconds for each.
        self.fleet.wait_until_probed(scan, 100)
        time.sleep(1)
        self.assertIn("identifier", threads(agent.pid))
        self.fleet.cli("scans", "cancel", str(scan))
        agent.line("stopped: the scan is cancelled", within=2)
        time.sleep(1.5)
        silent.process.terminate()
        count, since = silent.line(r"connections (\d+) (\S+)").groups()
        self.assertGreater(int(count), 300, "the probes and more")
        self.assertGreater(float(since), 1, "nothing was asked any more")
        counts = self.fleet.coverage(scan)
        self.assertGreater(counts["notReached"], 100)
        until(lambda: "identifier" not in threads(agent.pid), "the end of the thread that asks")
        # The agent is free for other work.
        self.fleet.demand_whole(self.fleet.submit("127.0.0.1", "-p", "9", "--wait"))

    def test_what_a_stopped_agent_did_not_ask_the_next_one_asks(self):
        self.bench.talker(b"SSH-2.0-OpenSSH_9.2p1 lab\r\n", 3001, 3001)
        self.bench.talker(b"", 3002, 3040)
        agent = self.bench.agent()
        scan = self.fleet.submit("127.0.0.1", "-p", "3001-3060", "-sV")
        self.fleet.wait_until_probed(scan, 10)
        self.fleet.stop(agent)
        self.assertGreater(self.fleet.coverage(scan)["notReached"], 0)
        identity = self.fleet.path("here.json")
        self.fleet.start_agent(identity, wrap=self.namespace.command())
        self.fleet.wait_until_over(scan, within=120)
        self.fleet.demand_whole(scan)
        row, = self.fleet.ports("product:OpenSSH")
        self.assertEqual((row["port"], row["version"]), (3001, "9.2p1"))

    def test_the_rate_that_was_asked_for_holds_over_probes_and_questions_together(self):
        talker = self.bench.talker(b"SSH-2.0-OpenSSH_9.2p1 lab\r\n", 3001, 3020)
        self.bench.agent()
        began = time.monotonic()
        self.fleet.demand_whole(self.fleet.submit("127.0.0.1", "-p", "3001-3020", "-sV", "--rate", "20", "--wait"))
        seconds = time.monotonic() - began
        talker.process.terminate()
        count = int(talker.line(r"connections (\d+)")[1])
        self.assertGreaterEqual(count, 40, "each was probed and asked")
        self.assertLessEqual(count, 20 * seconds + 2)
        self.assertEqual(len(self.fleet.ports("product:OpenSSH")), 20)

    def test_an_agent_of_an_earlier_version_is_not_given_the_job(self):
        with open(self.fleet.join_token("--duties", "scan"), encoding="utf-8") as file:
            token = file.read().strip()
        status, enrolled = self.fleet.request("POST", "/agent/v1/enroll", {
            "protocolVersion": 1, "name": "old", "installation": "i", "version": "0.0.9", "hostName": "old",
            "operatingSystem": "Linux"}, token=token)
        self.assertEqual(status, 201, enrolled)
        secret = enrolled["secret"]

        def ask(path, body):
            return self.fleet.request(
                "POST", f"/agent/v1/{path}", body, token=secret, headers={"Periplus-Run": "r"})

        status, answer = ask("hello", {
            "protocolMinor": 1, "run": "r", "machine": "m", "version": "0.0.9", "hostName": "old",
            "operatingSystem": "Linux", "capabilities": ["udp", "identification"], "now": "2026-01-01T00:00:00.000Z"})
        self.assertEqual(status, 200, answer)
        for options in (["-sV"], ["-sU"]):
            scan = self.fleet.submit("127.0.0.1", "-p", "9", *options)
            status, answer = ask("leases", {"waitMilliseconds": 0})
            self.assertEqual((status, answer.get("grant")), (200, None))
            self.assertIn("1 of an earlier version: update it", self.fleet.scan(scan)["lanes"][0]["pendingReason"])
        plain = self.fleet.submit("127.0.0.1", "-p", "9")
        status, answer = ask("leases", {"waitMilliseconds": 0})
        self.assertEqual(answer["grant"]["scan"], plain)
        self.assertNotIn("identify", answer["grant"])


if __name__ == "__main__":
    unittest.main()
