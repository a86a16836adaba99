"""New secrets for agents, and new hosts in their places."""

import json
import os
import socket
import subprocess
import unittest
import urllib.parse

from fleet import Fleet
from programs import PATIENCE, binary


class CredentialTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def identity(self, name):
        with open(self.fleet.path(f"{name}.json"), encoding="utf-8") as file:
            return json.load(file)

    def works(self, agent, scan_of="127.0.0.1"):
        scan = self.fleet.submit(scan_of, "-p", "9")
        self.assertEqual(self.fleet.wait_until_over(scan), "done", agent.lines)

    def test_a_new_secret_takes_the_old_ones_place_at_once(self):
        identity = self.fleet.enrol("one")
        old = self.identity("one")
        agent = self.fleet.start_agent(identity)
        answer = self.fleet.cli("agents", "rekey", "one")
        secret = answer.output.strip()
        self.assertRegex(secret, r"^ppg_\S+$")
        self.assertNotIn(secret, answer.messages)
        self.assertEqual(self.fleet.request("GET", "/agent/v1/clock", token=old["secret"])[0], 401)
        self.assertEqual(agent.ended(), 1, agent.lines)
        # Not one of another agent, nor one that nobody has.
        self.fleet.enrol("two")
        rekey = (binary("periplus-agent"), "rekey", "--identity", identity, "--secret-file")
        for text, words in ((self.identity("two")["secret"], "agent:2"), ("ppg_made_up", "does not know")):
            refused = self.fleet.run(*rekey, self.fleet.write("wrong", text + "\n"), expect=1)
            self.assertIn(words, refused.messages)
            self.assertEqual(self.identity("one"), old)
        # Root does it for the agent's user, whose file it stays.
        os.chown(identity, 12_345, 12_346)
        self.fleet.run(*rekey, self.fleet.write("right", secret + "\n"))
        self.assertEqual(self.identity("one"), {**old, "secret": secret})
        status = os.stat(identity)
        self.assertEqual((status.st_mode & 0o777, status.st_uid, status.st_gid), (0o600, 12_345, 12_346))
        self.works(self.fleet.start_agent(identity))

    def test_a_body_that_comes_after_the_new_secret_is_refused(self):
        self.fleet.enrol("one")
        secret = self.identity("one")["secret"]
        body = b'{"waitMilliseconds":0}'
        address = urllib.parse.urlsplit(self.fleet.url)
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
            connection.sendall(
                b"POST /agent/v1/leases HTTP/1.1\r\nHost: c\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (secret.encode(), len(body), body[:-1]))
            # The head has been read by the time that another request is answered.
            self.assertEqual(self.fleet.request("GET", "/agent/v1/clock", token=secret)[0], 200)
            self.fleet.cli("agents", "rekey", "one")
            connection.sendall(body[-1:])
            self.assertIn(b" 401 ", connection.recv(4_096).splitlines()[0])

    def test_a_secret_that_cannot_be_written_is_told_lost(self):
        self.fleet.enrol("one")
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [binary("periplus"), "agents", "rekey", "one"], stdout=full, stderr=subprocess.PIPE, text=True,
                env=dict(self.fleet.environment, PERIPLUS_URL=self.fleet.url, PERIPLUS_TOKEN=self.fleet.token),
                timeout=PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("rekey the agent again", done.stderr)

    def test_a_host_takes_an_agents_place(self):
        identity = self.fleet.enrol("old", "--zone", "dmz", "--create-zone", "--tag", "t")
        agent = self.fleet.start_agent(identity)
        answer = self.fleet.cli("agents", "replace", "old", "--expires", "10m")
        token = self.fleet.write("token", answer.output)
        # Until somebody uses it nothing changes.
        self.works(agent)
        enroll = (
            binary("periplus-agent"), "enroll", "--coordinator", self.fleet.url, "--identity", self.fleet.path("new.json"),
            "--token-file")
        self.assertIn("--replaces agent:1", self.fleet.run(*enroll, token, expect=1).messages)
        other = self.fleet.join_token()
        self.assertIn(
            "periplus agents replace", self.fleet.run(*enroll, other, "--replaces", "old", expect=1).messages)
        self.fleet.run(*enroll, token, "--replaces", "old", "--name", "x", expect=64)
        self.assertFalse(os.path.exists(self.fleet.path("new.json")))
        self.fleet.run(*enroll, token, "--replaces", "agent:1")
        self.assertEqual(agent.ended(), 1, agent.lines)
        row, = self.fleet.cli("agents", "-o", "json").rows
        self.assertEqual((row["id"], row["name"], row["zone"], row["tags"]), ("agent:1", "old", "dmz", ["t"]))
        self.works(self.fleet.start_agent(self.fleet.path("new.json")))

    def test_only_administrators_of_every_site_may(self):
        self.fleet.enrol("one")
        for options in (("--role", "operator"), ("--role", "admin", "--site", "default")):
            token = self.fleet.cli("tokens", "add", "api", *options).output.strip()
            for verb in ("rekey", "replace"):
                status, _ = self.fleet.request("POST", f"/api/v1/agents/1/{verb}", {}, token=token)
                self.assertEqual(status, 403, (options, verb))
        for verb in ("rekey", "replace"):
            self.assertEqual(self.fleet.request("POST", f"/api/v1/agents/9/{verb}", {})[0], 404)
            self.fleet.cli("agents", verb, "nobody", expect=64)


if __name__ == "__main__":
    unittest.main()
