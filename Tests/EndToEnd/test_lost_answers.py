"""A network that carries requests and loses answers: everything is said again, and counts once."""

import collections
import http.client
import http.server
import re
import threading
import unittest

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE, until


class LosingProxy:
    """Passes requests on to a coordinator, and loses the first answers to each kind of request in `losses`."""

    def __init__(self, test, port, losses):
        self.lost = collections.Counter()
        lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                try:
                    connection.request(self.command, self.path, body or None, dict(self.headers))
                    response = connection.getresponse()
                    answer = response.read()
                except OSError:
                    self.close_connection = True
                    return
                finally:
                    connection.close()
                kind = re.sub(r"\d+", "N", self.path.removeprefix("/agent/v1/"))
                with lock:
                    is_lost = proxy.lost[kind] < losses.get(kind, 0)
                    if is_lost:
                        proxy.lost[kind] += 1
                if is_lost:
                    # The coordinator has done it; the agent will never hear.
                    self.close_connection = True
                    return
                self.send_response(response.status)
                for name in ("Content-Type", "Retry-After"):
                    if response.headers[name]:
                        self.send_header(name, response.headers[name])
                if response.status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # An agent that is killed in cleanup breaks connections; that is nobody's fault.
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        test.addCleanup(thread.join, 5)
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)


class LostAnswerTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def agent_behind(self, losses):
        proxy = LosingProxy(self, self.fleet.port, losses)
        direct, self.fleet.url = self.fleet.url, proxy.url
        try:
            # Enrolled through the proxy, the agent knows no other way.
            token = self.fleet.join_token("--duties", "scan")
            identity = self.fleet.enrol("far", token_file=token)
        finally:
            self.fleet.url = direct
        return proxy, self.fleet.start_agent(identity)

    def demand_survey(self, losses, ports="1-2000", rate="1000"):
        proxy, agent = self.agent_behind(losses)
        listener = Listener(self, "127.45.0.1")
        scan = self.fleet.submit(
            "127.45.0.1", "-p", f"{ports},{listener.port}", "--rate-per-agent", rate)
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.demand_whole(scan)
        # The last word may still be on its way when the scan is over.
        until(lambda: dict(proxy.lost) == losses, f"{losses} lost, not {dict(proxy.lost)}")
        self.assertEqual(len(self.fleet.ports("state:open", f"port:{listener.port}")), 1)
        self.assertFalse([line for line in agent.lines if "failed" in line or "lost" in line], agent.lines)

    def test_answers_to_results_may_be_lost(self):
        self.demand_survey({"jobs/N/chunks": 3})

    def test_answers_to_the_last_word_may_be_lost(self):
        self.demand_survey({"jobs/N/finish": 3})

    def test_answers_to_renewals_and_requests_for_work_may_be_lost(self):
        # A renewal is answered after a third of the lease: this job lasts longer than that.
        self.demand_survey({"jobs/N/renew": 1, "leases": 2}, "1-3900", "300")


if __name__ == "__main__":
    unittest.main()
