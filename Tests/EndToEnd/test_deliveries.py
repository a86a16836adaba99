"""Deliveries to receivers that fail, hang, redirect and answer 429, and by every way there is; the coordinator killed between."""

import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest
import urllib.request

from aiosmtpd.controller import Controller
from listeners import Listener
from programs import Program, until
from receivers import HOST, AlertFleet, Receiver


class DeliveriesTests(unittest.TestCase):
    def setUp(self):
        self.fleet = AlertFleet(self)

    def alert(self, *receivers, name="all", options=()):
        self.fleet.cli("alerts", "add", name, *(word for to in receivers for word in ("--to", to)), "--wait", "0s", *options)

    def send(self, name="all"):
        self.fleet.cli("alerts", "test", name)

    def state(self, receiver, *states):
        """The receiver's deliveries, once all of them are in one of the states."""
        def settled():
            rows = [row for row in self.fleet.deliveries() if row["receiver"] == receiver]
            return rows if rows and all(row["state"] in states for row in rows) else None
        return until(settled, f"deliveries to {receiver} that are {' or '.join(states)}")

    def test_a_failing_receiver_is_tried_again_given_up_and_replayed_under_one_name(self):
        self.fleet.begin()
        receiver = Receiver(self)
        receiver.answer = (503, {})
        self.fleet.webhook("hook", receiver)
        self.alert("hook")
        self.send()
        row = self.state("hook", "dead")[0]
        self.assertEqual((row["attempts"], len(receiver.requests)), (4, 4))
        self.assertIn("it answers 503", row["error"])
        receiver.answer = (204, {})
        self.fleet.cli("deliveries", "replay", row["id"])
        self.state("hook", "delivered")
        self.assertEqual(set(receiver.ids), {row["message"]})

    def test_one_that_hangs_delays_no_other(self):
        self.fleet.begin()
        hanging, well = Receiver(self), Receiver(self)
        hanging.answer = lambda number: None
        for name, receiver in (("hangs", hanging), ("well", well)):
            self.fleet.webhook(name, receiver)
        self.alert("hangs", "well")
        for number in range(1, 6):
            begun = time.monotonic()
            self.send()
            until(lambda number=number: len(well.requests) == number, "the message to the one that is well")
            self.assertLess(time.monotonic() - begun, 5)
        self.assertTrue(hanging.requests)

    def test_a_redirect_is_not_followed(self):
        self.fleet.begin()
        other, receiver = Receiver(self), Receiver(self)
        for status in (301, 302, 307, 308):
            receiver.answer = (status, {"Location": other.url})
            self.fleet.webhook(f"hook{status}", receiver)
            answer = self.fleet.cli("receivers", "test", f"hook{status}", expect=1)
            self.assertIn(f"it answers {status}, a redirect to http://127.0.0.1:{other.port}, which is not followed", answer.messages)
            self.assertNotIn("hook-of-many-secrets", answer.messages)
        self.assertEqual(other.requests, [])

    def test_one_that_asks_for_time_is_given_it(self):
        self.fleet.begin()
        receiver = Receiver(self)
        times = []

        def answer(number):
            times.append(time.monotonic())
            return (429, {"Retry-After": "4"}) if number == 1 else (200, {})

        receiver.answer = answer
        self.fleet.webhook("hook", receiver)
        self.alert("hook")
        self.send()
        self.state("hook", "delivered")
        self.assertEqual(len(times), 2)
        self.assertGreaterEqual(times[1] - times[0], 3.9)

    def test_what_the_coordinator_is_killed_over_arrives_and_never_under_a_second_name(self):
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        receiver = Receiver(self)

        def answer(number):
            # Taken, but the coordinator is killed before it hears so; the second time before anything is said.
            if number <= 2:
                self.fleet.coordinator.process.kill()
                return (200, {}) if number == 1 else None
            return (200, {})

        receiver.answer = answer
        self.fleet.webhook("hook", receiver)
        self.fleet.cli("alerts", "add", "closing", "--to", "hook", "--wait", "1s", "--kind", "closed")
        listener = Listener(self, HOST)
        self.fleet.scan_port(listener.port)
        listener.close()
        self.fleet.submit(HOST, "-p", str(listener.port))
        for number in (1, 2):
            until(lambda number=number: len(receiver.requests) >= number, "an attempt")
            self.fleet.coordinator.ended()
            self.fleet.serve("--deliveries", self.fleet.policy)
        until(lambda: len(receiver.requests) >= 3, "the message again")
        self.state("hook", "delivered")
        self.assertEqual(len(set(receiver.ids)), 1, receiver.ids)
        bodies = [json.loads(body)["data"] for _, _, body in receiver.requests]
        self.assertEqual({body["count"] for body in bodies}, {1})

    def test_killed_at_any_moment_every_change_arrives_under_one_name(self):
        """The coordinator is killed again and again while ports close; each closing is told under one name."""
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        receiver = Receiver(self)
        self.fleet.webhook("hook", receiver)
        self.fleet.cli("alerts", "add", "closing", "--to", "hook", "--wait", "0s", "--kind", "closed", "--group", "none")
        listeners = [Listener(self, HOST) for _ in range(12)]
        ports = sorted(listener.port for listener in listeners)
        self.fleet.scan_port(",".join(map(str, ports)))
        for listener in listeners:
            listener.close()
        scan = self.fleet.submit(HOST, "-p", ",".join(map(str, ports)))
        for pause in (0.05, 0.3, 0.1, 0.7, 0.2):
            time.sleep(pause)
            self.fleet.crash_coordinator()
            self.fleet.serve("--deliveries", self.fleet.policy)
        self.assertEqual(self.fleet.wait_until_over(scan), "done")

        def names():
            found = {}
            for _, fields, body in list(receiver.requests):
                entry = json.loads(body)["data"]["entries"][0]
                found.setdefault(entry["port"], set()).add(fields["webhook-id"])
            return found
        until(lambda: sorted(names()) == ports, "every closed port")
        self.state("hook", "delivered")
        self.assertEqual({len(ids) for ids in names().values()}, {1}, names())

    def test_mail_goes_by_starttls_or_not_at_all(self):
        certificate, key = self.fleet.path("mail.pem"), self.fleet.path("mail.key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        mails = []

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None))
                return "250 taken"

        def relay(**options):
            controller = Controller(Handler(), hostname="127.0.0.1", port=0, ready_timeout=30, **options)
            # Port 0 is not asked for by the library's own start check.
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                controller.port = probe.getsockname()[1]
            controller.start()
            self.addCleanup(controller.stop)
            return controller.port

        encrypted, plain = relay(tls_context=context, require_starttls=True), relay()
        self.fleet.begin(f"{AlertFleet.POLICY}ca-file = {certificate}\n")
        for name, port in (("mail", encrypted), ("plain", plain)):
            self.fleet.cli("receivers", "add", name, "--kind", "email", "--destination", f"smtp://localhost:{port}",
                           "--from", "periplus@example.org", "--to", "ops@example.org,second@example.org")
        self.fleet.cli("receivers", "test", "mail")
        sender, recipients, content, is_encrypted = mails[0]
        self.assertEqual((sender, recipients, is_encrypted),
                         ("periplus@example.org", ["ops@example.org", "second@example.org"], True))
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.assertIn("test:", message["Subject"])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertRegex(message["Message-ID"], r"^<msg_[0-9a-f]{32}@example\.org>$")
        self.assertIn("192.0.2.1:443/tcp", message.get_content())
        self.fleet.cli("receivers", "test", "plain", expect=1)
        self.assertEqual(len(mails), 1)

    def test_an_alertmanager_is_told_again_until_it_is_over(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        configuration = self.fleet.write("am.yml", "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n")
        manager = Program(
            "/usr/bin/prometheus-alertmanager", f"--config.file={configuration}", f"--storage.path={self.fleet.path('am')}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=")
        self.addCleanup(manager.kill)

        def alerts():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/alerts", timeout=5) as answer:
                    return json.load(answer)
            except OSError:
                return None
        until(lambda: alerts() is not None, "the Alertmanager")
        self.fleet.begin()
        self.fleet.agent("watcher", "--duties", "scan")
        self.fleet.cli("receivers", "add", "am", "--kind", "alertmanager", "--destination", f"http://127.0.0.1:{port}")
        self.alert("am", options=("--kind", "opened,reopened", "--severity", "critical"))
        listener = Listener(self, HOST)
        listener.close()
        self.fleet.scan_port(listener.port)
        again = Listener(self, HOST, listener.port)
        self.fleet.scan_port(listener.port)
        active = until(alerts, "an active alert")
        labels = active[0]["labels"]
        self.assertEqual((labels["alertname"], labels["severity"], labels["kind"], labels["subject"]),
                         ("all", "critical", "opened", f"{HOST}:{listener.port}/tcp"))
        self.assertEqual(active[0]["status"]["state"], "active")
        again.close()
        self.fleet.scan_port(listener.port)
        until(lambda: alerts() == [], "the alert's end")

    def test_the_machines_own_log_gets_lines(self):
        log, journal = self.fleet.path("log"), self.fleet.path("journal")
        sockets = {}
        for path in (log, journal):
            sockets[path] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sockets[path].bind(path)
            sockets[path].settimeout(30)
            self.addCleanup(sockets[path].close)
        self.fleet.begin(f"syslog-socket = {log}\njournal-socket = {journal}\n")
        for kind in ("syslog", "journal"):
            self.fleet.cli("receivers", "add", kind, "--kind", kind)
            self.fleet.cli("receivers", "test", kind)
        self.assertRegex(sockets[log].recv(4096).decode(), r"^<30>periplus\[\d+\]: msg_[0-9a-f]{32} \[info\] test of syslog: test: opened 192\.0\.2\.1:443/tcp")
        fields = dict(line.split("=", 1) for line in sockets[journal].recv(4096).decode().splitlines())
        self.assertEqual((fields["PRIORITY"], fields["SYSLOG_IDENTIFIER"], fields["PERIPLUS_ALERT"]), ("6", "periplus", "test of journal"))

    def test_commands_run_only_if_root_lists_them_and_nobody_else_may_write_them(self):
        program, said = self.fleet.write("page", ""), self.fleet.path("said")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncat > {said}.part; echo \" $PERIPLUS_SEVERITY $#\" >> {said}.part; mv {said}.part {said}\n")
        os.chmod(program, 0o755)
        self.fleet.begin(f"commands = {program}\n")
        self.fleet.cli("receivers", "add", "page", "--kind", "command", "--command", program)
        self.fleet.cli("receivers", "test", "page")
        with open(said, encoding="utf-8") as file:
            text = file.read()
        payload, rest = json.JSONDecoder().raw_decode(text)
        self.assertEqual(text[rest:].split(), ["info", "0"])
        self.assertEqual(payload["type"], "alert.test")
        os.chmod(program, 0o777)
        self.assertIn("others than root may write it", self.fleet.cli("receivers", "test", "page", expect=1).messages)
        os.chmod(program, 0o755)
        os.chown(program, 65534, 65534)
        self.assertIn("must belong to root", self.fleet.cli("receivers", "test", "page", expect=1).messages)

    def test_a_configuration_that_others_may_write_is_not_believed(self):
        for mode, owner, text in ((0o666, 0, "others than root"), (0o644, 65534, "must belong to root")):
            path = self.fleet.write("deliveries.conf", AlertFleet.POLICY)
            os.chmod(path, mode)
            os.chown(path, owner, owner)
            program = self.fleet.run(
                sys.executable, "-c",
                "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:], timeout=30).returncode)",
                os.path.join(os.environ["PERIPLUS_BIN"], "periplus"), "serve", "--listen", "127.0.0.1:0", "--database",
                self.fleet.path("x.sqlite"), "--socket", self.fleet.path("x.sock"), "--deliveries", path, expect=1)
            self.assertIn(text, program.messages)

    def test_names_are_judged_by_the_addresses_they_have(self):
        # Without a list the machine itself is out of reach, whatever name it has.
        self.fleet.begin("attempts = 1\n")
        receiver = Receiver(self)
        self.fleet.cli("receivers", "add", "name", "--kind", "webhook", "--destination", f"http://localhost:{receiver.port}/x")
        answer = self.fleet.cli("receivers", "test", "name", expect=1)
        self.assertIn("does not permit", answer.messages)
        self.assertEqual(receiver.requests, [])

    def test_chat_services_get_their_own_forms(self):
        self.fleet.begin()
        for kind in ("slack", "teams"):
            receiver = Receiver(self)
            self.fleet.cli("receivers", "add", kind, "--kind", kind, "--destination-file", self.fleet.write("url", receiver.url))
            self.fleet.cli("receivers", "test", kind)
            body = json.loads(receiver.requests[0][2])
            if kind == "slack":
                self.assertEqual([block["type"] for block in body["blocks"]], ["header", "section", "context"])
                self.assertTrue(all(block["text"]["type"] == "plain_text" for block in body["blocks"][:2]))
            else:
                self.assertEqual(body["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive")
                self.assertEqual(body["attachments"][0]["content"]["type"], "AdaptiveCard")
                self.assertNotIn("MessageCard", json.dumps(body))


if __name__ == "__main__":
    unittest.main()
