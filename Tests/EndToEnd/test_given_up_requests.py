"""Requests for work whose connection is gone, and those whose connection stays."""

import http.client
import json
import socket
import time
import unittest

from fleet import Fleet
from programs import until


class GivenUpRequestsTest(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        with open(self.fleet.enrol("a"), encoding="utf-8") as file:
            self.secret = json.load(file)["secret"]

    def ask(self, milliseconds, **fields):
        """A request for work as bytes."""
        body = json.dumps({"waitMilliseconds": milliseconds, **fields}).encode()
        return (
            f"POST /agent/v1/leases HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer {self.secret}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body

    def figure(self, name):
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.port, timeout=10)
        connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.fleet.token}"})
        text = connection.getresponse().read().decode()
        connection.close()
        return float(next(line.split()[1] for line in text.splitlines() if line.startswith(name + " ")))

    def test_work_is_not_given_to_a_connection_that_is_gone(self):
        held = socket.create_connection(("127.0.0.1", self.fleet.port))
        held.sendall(self.ask(25_000))
        until(lambda: self.figure("periplus_waiting_agents") == 1, "the request is held open")
        held.close()
        # The coordinator hears of it by itself; nothing tells it but the connection.
        time.sleep(0.5)
        scan = self.fleet.submit("127.0.0.1", "-p", "1")
        time.sleep(1)
        self.assertEqual(self.fleet.scan(scan)["state"], "queued")
        self.assertEqual(self.figure("periplus_leases_granted_total"), 0)

    def answer(self, request):
        """What a connection of its own is answered."""
        with socket.create_connection(("127.0.0.1", self.fleet.port), timeout=60) as connection:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, json.loads(answer.read() or "null")

    def test_a_request_that_is_read_late_takes_nothing_from_the_one_that_followed_it(self):
        self.fleet.submit("127.0.0.1", "-p", "1")
        status, granted = self.answer(self.ask(0, number=2))
        self.assertEqual(status, 200)
        grant = granted["grant"]
        # It was said before, on a connection that the agent gave up, and waited to be read.
        status, late = self.answer(self.ask(0, number=1))
        self.assertEqual(status, 200)
        self.assertIsNone(late.get("grant"), late)
        body = json.dumps({"lease": grant["lease"], "waitMilliseconds": 0}).encode()
        status, renewed = self.answer((
            f"POST /agent/v1/jobs/{grant['job']}/renew HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer {self.secret}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body)
        self.assertEqual((status, renewed["order"]), (200, "proceed"))

    def test_a_connection_serves_one_request_for_work_after_another(self):
        with socket.create_connection(("127.0.0.1", self.fleet.port)) as held:
            held.settimeout(20)
            for _ in range(3):
                held.sendall(self.ask(0))
                answer = b""
                while b"retryAfterMilliseconds" not in answer or not answer.endswith(b"}"):
                    part = held.recv(65_536)
                    self.assertTrue(part, f"the connection was closed after {answer!r}")
                    answer += part
                self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)


if __name__ == "__main__":
    unittest.main()
