"""Receivers of alerts that tests start, and a coordinator that may speak to them."""

import http.server
import os
import threading

from fleet import Fleet

HOST = "127.52.0.1"


class Receiver:
    """An HTTP server on loopback that keeps what it is sent and answers as it is told: a status with fields, or a callable."""

    def __init__(self, test, address="127.0.0.1"):
        self.requests = []
        self.answer = (200, {})
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = receiver.answer(len(receiver.requests)) if callable(receiver.answer) else receiver.answer
                if answer is None:
                    receiver.hung.wait(60)
                    self.close_connection = True
                    return
                status, fields = answer
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.hung = threading.Event()
        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        # A coordinator that is killed, or given up on, leaves connections behind.
        self.server.handle_error = lambda *words: None
        self.port = self.server.server_address[1]
        self.url = f"http://{address}:{self.port}/hook-of-many-secrets"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.close)

    def close(self):
        self.hung.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def ids(self):
        return [fields["webhook-id"] for _, fields, _ in list(self.requests)]


class AlertFleet(Fleet):
    """With a configuration that lets deliveries reach loopback, and ways to scan."""

    POLICY = "allow = 127.0.0.0/8\nretry-first = 1s\nretry-longest = 2s\nattempts = 4\n"

    def begin(self, policy=POLICY, *options):
        self.policy = self.write("deliveries.conf", policy)
        os.chmod(self.policy, 0o600)
        self.serve("--deliveries", self.policy, *options)

    def webhook(self, name, receiver):
        return self.cli("receivers", "add", name, "--kind", "webhook", "--destination", receiver.url).output.strip()

    def scan_port(self, port, host=HOST):
        self.submit(host, "-p", str(port), "--wait")

    def deliveries(self, *words):
        return self.cli("deliveries", "list", *words, "-o", "json").rows
