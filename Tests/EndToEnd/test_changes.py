"""A port that closes and opens again, told as changes by scans of real sockets."""

import unittest

from fleet import Fleet
from listeners import Listener


class ChangesTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.fleet.agent("watcher", "--duties", "scan")

    def scan(self, port):
        self.fleet.submit("127.51.0.1", "-p", str(port), "--wait")

    def changes(self, *words, expect=0):
        return self.fleet.cli("changes", *words, "-o", "json", expect=expect).rows

    def test_what_closes_and_opens_again_is_told_once_each(self):
        listener = Listener(self, "127.51.0.1")
        port = listener.port
        self.scan(port)
        self.scan(port)
        listener.close()
        self.scan(port)
        again = Listener(self, "127.51.0.1", port)
        self.scan(port)
        rows = self.changes("127.51.0.1", expect=0)
        # The host was there all the time: it answered that the port was closed.
        *rows, host = rows
        self.assertEqual((host["change"], host["port"], host["now"]), ("host-found", None, "up"))
        self.assertEqual([row["change"] for row in rows], ["reopened", "closed", "found"])
        self.assertEqual({(row["address"], row["port"], row["agent"]) for row in rows}, {("127.51.0.1", port, "watcher")})
        for newer, older in zip(rows, rows[1:]):
            self.assertGreater(newer["at"], older["at"])
            self.assertGreaterEqual(newer["after"], older["at"])
        self.assertEqual([row["change"] for row in self.changes("--kind", "closed,found")], ["closed", "found"])
        self.assertEqual(self.changes("--from", "2999-01-01"), [])
        self.assertEqual(len(self.changes("--fail-on-change", "--from", "1h", expect=10)), 4)
        table = self.fleet.cli("changes").output.splitlines()
        self.assertIn("CHANGE", table[0])
        self.assertIn("reopened", table[1])
        again.close()

    def test_bad_questions_are_pointed_at(self):
        for words, text in ((("--kind", "opend"), "did you mean opened?"), (("--kind", "host-lost"), "is not one of"),
                            (("--from", "soon"), "is not a time"),
                            (("prt:1",), "did you mean port?")):
            answer = self.fleet.cli("changes", *words, expect=None)
            self.assertNotEqual(answer.status, 0)
            self.assertIn(text, answer.messages)


if __name__ == "__main__":
    unittest.main()
