"""The chart as it was, and what differs between two times, scans and zones, by scans of real sockets."""

import os
import time
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until


class PastTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def scan(self, *words):
        answer = self.fleet.submit("127.53.0.1", *words, "--wait")
        # A moment that no sighting shares.
        time.sleep(0.05)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() % 1 * 1000):03}Z"
        time.sleep(0.05)
        return f"scan:{answer}".replace("scan:scan:", "scan:"), moment

    def diff(self, *words, expect=0):
        answer = self.fleet.cli("diff", *words, "-o", "json", expect=expect)
        return [(row["change"], row["port"]) for row in answer.rows]

    def test_times_and_scans_are_compared(self):
        self.fleet.agent("watcher", "--duties", "scan")
        stays, closes = Listener(self, "127.53.0.1"), Listener(self, "127.53.0.1")
        opens = Listener(self, "127.53.0.1")
        opens.close()
        ports = f"{stays.port},{closes.port},{opens.port}"
        before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3_600))
        first, first_moment = self.scan("-p", ports)
        closes.close()
        again = Listener(self, "127.53.0.1", opens.port)
        second, second_moment = self.scan("-p", ports)
        third, _ = self.scan("-p", str(opens.port))

        def ports_of(*words):
            return {row["port"] for row in self.fleet.cli("ports", *words, "-o", "json").rows}

        self.assertEqual(ports_of("--as-of", before), set())
        self.assertEqual(ports_of("--as-of", first_moment), {stays.port, closes.port})
        self.assertEqual(ports_of("--as-of", second_moment), {stays.port, opens.port})
        self.assertEqual(ports_of("--as-of", second_moment, "state:closed"), {closes.port})
        counts = self.fleet.cli("ports", "--as-of", first_moment, "--group-by", "state", "-o", "json").rows
        self.assertEqual([row["endpoints"] for row in counts], [2])
        hosts = self.fleet.cli("hosts", "--as-of", first_moment, "-o", "json").rows
        self.assertEqual([(row["address"], row["openPorts"]) for row in hosts], [("127.53.0.1", 2)])
        changed = {("closed", closes.port), ("opened", opens.port)}
        self.assertEqual(set(self.diff(f"{first}..{second}")), changed)
        self.assertEqual(set(self.diff(f"{first_moment}..{second_moment}")), changed)
        self.assertEqual(set(self.diff(f"{first_moment}..", f"port:{opens.port}")),
                         {("opened", opens.port)})
        self.assertEqual(set(self.diff(f"{second}..{third}")), {("not-covered", stays.port)})
        self.assertEqual(set(self.diff(f"{second}..{third}", "--kind", "unchanged")), {("unchanged", opens.port)})
        self.assertEqual({change for change, _ in self.diff(f"{before}..{first_moment}")},
                         {"found", "host-found"})
        self.diff(f"{first}..{second}", "--fail-on-change", expect=10)
        self.diff(f"{second}..{third}", "--fail-on-change", expect=0)

        self.fleet.cli("baselines", "add", "release", "--at", first_moment, "--note", "as delivered")
        self.assertEqual(set(self.diff("baseline:release..")) - {("not-covered", stays.port)}, changed)
        answer = self.fleet.cli("diff", "baseline:release..")
        self.assertIn("1 opened, 1 closed", answer.messages)
        self.assertIn("CHANGE", answer.output)
        self.fleet.cli("baselines", "remove", "release")
        answer = self.fleet.cli("diff", "baseline:release..", expect=None)
        self.assertNotEqual(answer.status, 0)
        self.assertIn("there is no baseline", answer.messages)

        row, = self.fleet.cli("explain", f"127.53.0.1:{closes.port}", "--as-of", first_moment, "-o", "json").rows
        self.assertEqual([(run["state"], run["change"]) for run in row["views"][0]["runs"]], [("open", "found")])
        again.close()

    def test_who_listened_is_remembered(self):
        self.fleet.agent("web1")
        listener = Listener(self, "127.53.0.2")
        query = f"port:{listener.port}"

        def listeners(*words):
            return self.fleet.cli("listeners", query, *words, "-o", "json").rows

        until(lambda: listeners(), "the inventory")
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() % 1 * 1000):03}Z"
        listener.close()
        # Taken once a minute.
        until(lambda: not listeners(), "the next inventory", within=180)
        row, = listeners("--as-of", moment)
        self.assertEqual(row["processes"][0]["pid"], os.getpid())
        row, = self.fleet.cli("ports", query, "--as-of", moment, "-o", "json").rows
        self.assertEqual((row["verdict"], row["agent"]), ("local-only", "web1"))
        self.assertEqual(self.fleet.cli("ports", query, "-o", "json").rows, [])

    def test_bad_questions_are_pointed_at(self):
        for words, text in ((("diff", "7d"), "FROM..[TO]"), (("diff", "soon.."), "is none of a time"),
                            (("diff", "scan:99.."), "there is no scan:99"),
                            (("diff", "now..7d"), "lies before the first"),
                            (("diff", "zone:nowhere.."), "the zones are default"),
                            (("diff", "7d..", "prt:1"), "did you mean port?"),
                            (("ports", "--as-of", "soon"), "is not a time")):
            answer = self.fleet.cli(*words, expect=None)
            self.assertNotEqual(answer.status, 0)
            self.assertIn(text, answer.messages)


if __name__ == "__main__":
    unittest.main()
