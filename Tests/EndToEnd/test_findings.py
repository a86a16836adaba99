"""What a person should look at and what people expect, on real sockets and files."""

import datetime
import os
import time
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


class FindingTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def findings(self, *words, expect=0):
        return self.fleet.cli("findings", "list", *words, "-o", "json", expect=expect).rows

    def test_a_finding_comes_is_acknowledged_and_goes(self):
        self.fleet.agent("web1")
        try:
            impostor = Listener(self, "127.54.0.1", 443)
        except PermissionError:
            self.fail("ports below 1024 cannot be bound here")
        row, = until(lambda: self.findings("port:443", "127.54.0.1"), "the finding")
        self.assertEqual((row["rule"], row["port"], row["agent"]), ("unexpected-process", 443, "web1"))
        self.assertIn("listens on the port of http", row["detail"])
        self.assertEqual(row["processes"][0]["pid"], os.getpid())
        self.assertTrue(any("nft add rule" in line for line in row["advice"]))
        self.assertEqual(
            [port["port"] for port in self.fleet.ports("finding:unexpected-process", "127.54.0.1")], [443])
        text = self.fleet.cli("findings", "show", row["id"]).output
        for words in ("unexpected-process", "EVIDENCE", f"pid {os.getpid()}", "ADVICE", "periplus explain 127.54.0.1:443"):
            self.assertIn(words, text)
        self.findings("127.54.0.1", "--fail-on-finding", expect=10)
        self.fleet.cli("findings", "ack", row["id"], "--until", "30d", "--note", "a test")
        self.assertEqual(self.findings("127.54.0.1", "--fail-on-finding"), [])
        kept, = self.findings("127.54.0.1", "--all")
        self.assertEqual((kept["note"], kept["id"]), ("a test", row["id"]))
        acknowledged = now()
        time.sleep(0.01)
        self.fleet.cli("findings", "unack", row["id"])
        self.assertEqual(len(self.findings("127.54.0.1")), 1)
        told = now()
        impostor.close()
        until(lambda: not self.findings("127.54.0.1"), "its end")
        gone, = self.findings("127.54.0.1", "--all")
        self.assertTrue(gone["goneAt"])
        then, = self.findings("127.54.0.1", "--as-of", told)
        self.assertEqual((then["id"], then["detail"], then["advice"]), (row["id"], row["detail"], []))
        self.assertIsNone(then["goneAt"])
        self.assertEqual(then["processes"][0]["pid"], os.getpid())
        self.assertEqual([was["id"] for was in self.findings(f"pid:{os.getpid()}", "--as-of", told)], [row["id"]])
        self.assertEqual(self.findings("127.54.0.1", "--as-of", acknowledged), [])
        kept, = self.findings("127.54.0.1", "--all", "--as-of", acknowledged)
        self.assertEqual((kept["note"], kept["id"]), ("a test", row["id"]))
        self.assertEqual(self.findings("--as-of", "1d", "--all"), [])

    def test_expectations_arrive_as_a_file_and_drift_is_told(self):
        self.fleet.agent("web1")
        listener = Listener(self, "127.54.0.2")
        until(lambda: self.fleet.ports("127.54.0.2"), "the inventory")
        name = until(lambda: [row for row in self.fleet.ports("127.54.0.2") if row["processes"]], "the owner")[0]["processes"][0]["name"]
        answer = self.fleet.cli("expectations", "check", expect=None)
        self.assertNotEqual(answer.status, 0)
        self.assertIn("there are no expectations", answer.messages)

        # What else listens on every address of this machine is as it may be.
        def apply(ports, processes, *words, expect=0):
            file = self.fleet.write("expect.yaml", f"""
expectations:
  - name: shop
    hosts: [127.54.0.2]
    ports: "{ports}"
    processes: [{processes}]
    note: as planned
  - name: others
    hosts: [127.54.0.2]
    ports: "1-{listener.port - 1},{listener.port + 1}-65535"
""")
            return self.fleet.cli("apply", "-f", file, *words, expect=expect)

        apply(listener.port, name, "--dry-run")
        self.assertEqual(self.fleet.cli("expectations", "-o", "json").rows, [])
        apply(listener.port, name)
        self.fleet.cli("expectations", "check", "--fail-on-drift")
        self.assertIn("shop", self.fleet.cli("expectations").output)
        self.assertIn("as planned", self.fleet.cli("export").output)
        apply(listener.port, "nginx")
        rows = self.fleet.cli("expectations", "check", "--fail-on-drift", "-o", "json", expect=10).rows
        self.assertEqual([row["port"] for row in rows], [listener.port])
        self.assertIn("shop expects nginx", rows[0]["detail"])
        self.assertEqual([row["rule"] for row in self.findings("127.54.0.2", "--rule", "drift")], ["drift"])
        # An hour ago there was nothing, and what is expected now was met by nobody then.
        answer = self.fleet.cli("expectations", "check", "--as-of", "1h", "-o", "json")
        self.assertEqual(answer.rows, [])
        drifted = now()
        apply(1, name)
        rows = self.fleet.cli("expectations", "check", "-o", "json").rows
        self.assertIn("no expectation of the host allows", rows[0]["detail"])
        # What is expected is as of now, what is compared as of then.
        rows = self.fleet.cli("expectations", "check", "--as-of", drifted, "-o", "json").rows
        self.assertIn("no expectation of the host allows", rows[0]["detail"])
        answer = apply("70000", name, expect=None)
        self.assertNotEqual(answer.status, 0)
        self.assertIn("expect.yaml:5", answer.messages)
        self.fleet.cli("expectations", "remove", "shop")
        self.fleet.cli("expectations", "remove", "others")
        self.assertEqual(self.fleet.cli("expectations", "-o", "json").rows, [])

    def test_bad_questions_are_pointed_at(self):
        for words, text in ((("findings", "--rule", "cleartxt"), "did you mean cleartext?"),
                            (("findings", "--as-of", "2999-01-01"), "the time lies in the future"),
                            (("findings", "ack", "99", "--until", "1d", "--note", "x"), "there is no finding:99"),
                            (("findings", "ack", "1", "--until", "soon", "--note", "x"), "expected a time"),
                            (("ports", "finding:drift"), "findings --rule drift"),
                            (("ports", "finding:forwrded"), "did you mean forwarded?")):
            answer = self.fleet.cli(*words, expect=None)
            self.assertNotEqual(answer.status, 0, words)
            self.assertIn(text, answer.messages)


if __name__ == "__main__":
    unittest.main()
