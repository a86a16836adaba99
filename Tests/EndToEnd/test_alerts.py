"""Alerts by real receivers: what a scan finds on its second run arrives, signed, once."""

import base64
import json
import unittest
import urllib.error
import urllib.request
import xml.etree.ElementTree

from listeners import Listener
from programs import until
from receivers import HOST, AlertFleet, Receiver
from standardwebhooks import Webhook


class AlertsTests(unittest.TestCase):
    def setUp(self):
        self.fleet = AlertFleet(self)

    def open_one(self):
        """A port that is closed at the first scan and open at the second."""
        listener = Listener(self, HOST)
        port = listener.port
        listener.close()
        self.fleet.scan_port(port)
        again = Listener(self, HOST, port)
        self.fleet.scan_port(port)
        return again

    def test_a_newly_opened_port_is_told_once_and_signed(self):
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        receiver = Receiver(self)
        secret = self.fleet.webhook("hook", receiver)
        self.fleet.cli("alerts", "add", "exposure", "--kind", "opened,reopened", "--to", "hook", "--wait", "1s",
                       "--severity", "critical", "--query", f"net:{HOST}")
        listener = self.open_one()
        until(lambda: receiver.requests, "the message")
        path, fields, body = receiver.requests[0]
        payload = Webhook(secret).verify(body, fields)
        self.assertEqual(payload["type"], "alert.matched")
        data = payload["data"]
        self.assertEqual((data["alert"], data["severity"], data["count"]), ("exposure", "critical", 1))
        entry = data["entries"][0]
        self.assertEqual((entry["kind"], entry["address"], entry["port"], entry["before"], entry["after"]),
                         ("opened", HOST, listener.port, "closed", "open"))
        self.assertEqual(path, "/hook-of-many-secrets")
        # Another secret does not fit.
        with self.assertRaises(Exception):
            Webhook("whsec_" + base64.b64encode(bytes(32)).decode()).verify(body, fields)
        rows = until(lambda: [row for row in self.fleet.deliveries() if row["state"] == "delivered"], "its delivery")
        self.assertEqual([row["message"] for row in rows], receiver.ids)
        # A third scan in which nothing changes tells nothing.
        self.fleet.scan_port(listener.port)
        self.assertEqual(len(receiver.requests), 1)
        # Replayed, it keeps its name.
        self.fleet.cli("deliveries", "replay", rows[0]["id"])
        until(lambda: len(receiver.requests) == 2, "the message again")
        self.assertEqual(len(set(receiver.ids)), 1)
        # What lists and logs say has no secret in it.
        said = self.fleet.cli("receivers", "list", "-o", "json").output + self.fleet.cli("receivers", "show", "hook").output
        said += "\n".join(self.fleet.coordinator.lines)
        self.assertNotIn(secret, said)
        self.assertNotIn("hook-of-many-secrets", said)

    def test_a_first_scan_wakes_nobody(self):
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        receiver = Receiver(self)
        self.fleet.webhook("hook", receiver)
        self.fleet.cli("alerts", "add", "all", "--to", "hook", "--wait", "0s")
        listener = Listener(self, HOST)
        self.fleet.scan_port(listener.port)
        listener.close()
        self.fleet.scan_port(listener.port)
        until(lambda: receiver.requests, "what closed")
        self.assertEqual([json.loads(body)["data"]["counts"] for _, _, body in receiver.requests], [{"closed": 1}])

    def test_a_test_message_goes_the_way_of_real_ones(self):
        self.fleet.begin()
        receiver = Receiver(self)
        secret = self.fleet.webhook("hook", receiver)
        self.fleet.cli("alerts", "add", "all", "--to", "hook")
        self.fleet.cli("alerts", "test", "all")
        until(lambda: receiver.requests, "the test")
        _, fields, body = receiver.requests[0]
        self.assertEqual(Webhook(secret).verify(body, fields)["type"], "alert.test")
        self.fleet.cli("receivers", "test", "hook")
        self.assertEqual(len(receiver.requests), 2)
        receiver.answer = (500, {})
        answer = self.fleet.cli("receivers", "test", "hook", expect=1)
        self.assertIn("it answers 500", answer.messages)

    def test_files_describe_receivers_and_alerts_and_exports_have_no_secrets(self):
        self.fleet.begin()
        receiver = Receiver(self)
        secret = "whsec_" + base64.b64encode(b"only for this test, not for you").decode()
        path = self.fleet.write("alerts.yaml", f"""
receivers:
  - name: hook
    kind: webhook
    url: {receiver.url}
    secrets: [{secret}]
alerts:
  - name: exposure
    kinds: [opened]
    query: port:1..9999
    receivers: [hook]
    severity: critical
    wait: 5s
""")

        def apply(*words):
            rows = self.fleet.cli("apply", "-f", path, *words, "-o", "json").rows
            return {(row["kind"], row["name"]): row["action"] for row in rows}
        both = ("receivers", "hook"), ("alerts", "exposure")
        self.assertEqual(apply("--dry-run"), dict.fromkeys(both, "added"))
        self.assertEqual(self.fleet.cli("alerts", "list", "-o", "json").rows, [])
        self.assertEqual(apply(), dict.fromkeys(both, "added"))
        self.assertEqual(apply(), dict.fromkeys(both, "unchanged"))
        exported = self.fleet.cli("export", "--kinds", "receivers,alerts").output
        for word in (secret, "hook-of-many-secrets"):
            self.assertNotIn(word, exported)
        path = self.fleet.write("again.yaml", exported)
        self.assertEqual(apply(), dict.fromkeys(both, "unchanged"))
        path = self.fleet.write("changed.yaml", exported.replace("critical", "info"))
        self.assertEqual(apply(), {both[0]: "unchanged", both[1]: "changed"})
        self.fleet.cli("alerts", "test", "exposure")
        until(lambda: receiver.requests, "the test")
        _, fields, body = receiver.requests[0]
        Webhook(secret).verify(body, fields)

    def test_the_feed_is_xml_for_whoever_has_a_token(self):
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        listener = self.open_one()
        url = f"{self.fleet.url}/api/v1/changes/feed"

        def feed(words, query=""):
            request = urllib.request.Request(url + query, headers={"Authorization": words})
            with urllib.request.urlopen(request, timeout=30) as answer:
                self.assertEqual(answer.headers["Content-Type"], "application/atom+xml; charset=utf-8")
                return xml.etree.ElementTree.fromstring(answer.read())

        basic = base64.b64encode(f"reader:{self.fleet.token}".encode()).decode()
        space = "{http://www.w3.org/2005/Atom}"
        for words in (f"Bearer {self.fleet.token}", f"Basic {basic}"):
            entries = feed(words, "?query=port:1..").findall(f"{space}entry")
            self.assertEqual([entry.find(f"{space}title").text for entry in entries],
                             [f"opened {HOST}:{listener.port}/tcp"])
            self.assertRegex(entries[0].find(f"{space}id").text, r"^urn:periplus:change:opened:\d+:1s?:\d+$")
        host, = feed(f"Basic {basic}", "?kinds=host-found").findall(f"{space}entry")
        self.assertEqual(host.find(f"{space}title").text, f"host-found {HOST}")
        self.assertEqual(feed(f"Basic {basic}", "?kinds=closed").findall(f"{space}entry"), [])
        # Basic is for feed readers alone.
        for path, words in ((url, "Basic " + base64.b64encode(b"reader:wrong").decode()),
                            (f"{self.fleet.url}/api/v1/changes", f"Basic {basic}")):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(path, headers={"Authorization": words}), timeout=30)
            self.assertEqual(caught.exception.code, 401)
            caught.exception.close()

    def test_bad_wishes_are_refused_in_words(self):
        self.fleet.begin()
        receiver = Receiver(self)
        self.fleet.webhook("hook", receiver)
        for words, text in (
                (("alerts", "add", "x", "--to", "hok"), "did you mean hook?"),
                (("alerts", "add", "x", "--to", "hook", "--kind", "opend"), "did you mean opened?"),
                (("alerts", "add", "x", "--to", "hook", "--query", "prt:1"), "did you mean port?"),
                (("alerts", "add", "x", "--to", "hook", "--quiet", "25:00-06:00"), "HH:MM-HH:MM"),
                (("receivers", "add", "m", "--kind", "webhook", "--destination", "http://169.254.169.254/x"), "does not permit"),
                (("receivers", "add", "m", "--kind", "webhook", "--destination", "http://10.0.0.1/x"), "does not permit"),
                (("receivers", "add", "m", "--kind", "webhook", "--destination", "ftp://127.0.0.1/x"), "is expected"),
                (("receivers", "add", "m", "--kind", "webhook", "--destination", "http://127.0.0.1@evil.example/x"), "without a user"),
                (("receivers", "add", "m", "--kind", "command", "--command", "/bin/true"), "does not list"),
                (("receivers", "add", "m", "--kind", "email", "--destination", "smtp://127.0.0.1"), "needs this"),
                (("receivers", "remove", "nobody"), "there is no receiver")):
            answer = self.fleet.cli(*words, expect=None)
            self.assertNotEqual(answer.status, 0, words)
            self.assertIn(text, answer.messages, words)


if __name__ == "__main__":
    unittest.main()
