"""What a scan that identifies does at its edges: interrupted, resumed, out of descriptors; and what it leaves for later."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from namespaces import agent
from scanning import LISTENER, Bench

PORTS = range(3001, 3301)

# Answers HTTP on every port, and says what it is.
PAGES = """
import selectors, signal, socket, sys, threading
selector = selectors.DefaultSelector()
def serve(connection):
    try:
        connection.settimeout(10)
        if connection.recv(4096).startswith(b"GET "):
            connection.sendall(b"HTTP/1.1 200 OK\\r\\nServer: harbour/1.2\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    except OSError:
        pass
    finally:
        connection.close()
for port in sys.argv[1:]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", int(port)))
    listener.listen(64)
    selector.register(listener, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        connection, _ = key.fileobj.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()
"""


class ScanIdentification(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(self, "asking")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.journal = os.path.join(folder.name, "journal")
        self.folder = folder.name

    def journalled(self, word):
        with open(self.journal) as file:
            return [line for line in file if f" {word} " in line]

    def test_ctrl_c_ends_it_at_once_and_what_was_not_asked_is_asked_later(self):
        silent = self.bench.start(LISTENER, *PORTS)
        process = self.bench.begin(
            "127.0.0.1", "-Pn", "-p", f"{PORTS[0]}-{PORTS[-1]}", "-sV", "--resume", self.journal, "-o", "ndjson")
        time.sleep(2)
        self.assertIsNone(process.poll(), "the scan ended before it could be interrupted")
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(process.returncode, 130, errors)
        rows = [json.loads(line) for line in output.splitlines()]
        # Open they are, asked or not.
        self.assertEqual(sorted(row["port"] for row in rows if row["state"] == "open"), list(PORTS))
        settled = self.journalled("open")
        self.assertLess(len(settled), len(PORTS) / 2)
        self.assertEqual(self.journalled("finished"), [])
        self.bench.end(silent)
        self.bench.start(PAGES, *PORTS)
        report = os.path.join(self.folder, "scan.xml")
        output, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson", "-oX", report)
        rows = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(sorted(row["port"] for row in rows), list(PORTS))
        # The host was recorded before it was done; it is told once all the same.
        with open(report) as file:
            text = file.read()
        self.assertEqual((text.count("<host "), text.count("<port ")), (1, len(PORTS)))
        named = [row for row in rows if row["product"] == "harbour"]
        self.assertEqual(len(named), len(PORTS) - len(settled))
        self.assertEqual(len(self.journalled("finished")), 1)

    def test_what_had_no_route_is_looked_at_when_there_is_one(self):
        for arguments in (["-Pn", "-p", "80"], ["-sn"]):
            with self.subTest(arguments):
                journal = os.path.join(self.folder, f"journal{len(arguments)}")
                address = f"10.9.0.{len(arguments)}"
                _, errors = self.bench.scan(address, *arguments, "--resume", journal)
                self.assertIn(f"--resume {journal}", errors)
                with open(journal) as file:
                    text = file.read()
                self.assertNotIn(" finished ", text)
                self.assertNotIn("no-local-route", text)
                self.bench.namespace.ip("address", "add", f"{address}/32", "dev", "lo")
                output, errors = self.bench.scan("--resume", journal, "-o", "ndjson")
                self.assertEqual(errors, "")
                row = json.loads(output)
                self.assertIn(row["state"], ("closed", "up"))
                with open(journal) as file:
                    self.assertIn(" finished ", file.read())

    def test_a_start_without_descriptors_leaves_no_half_report(self):
        report = os.path.join(self.folder, "scan.xml")
        refused = 0
        for limit in range(6, 24):
            command = self.bench.namespace.command(
                "prlimit", f"--nofile={limit}:{limit}", agent(), "scan", "127.0.0.1", "-p", "9", "-sV", "-oX", report)
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            if done.returncode == 1:
                refused += 1
                self.assertFalse(os.path.exists(report), f"{limit}: {done.stderr}")
            elif done.returncode == 0:
                with open(report) as file:
                    self.assertTrue(file.read().rstrip().endswith("</nmaprun>"))
            if os.path.exists(report):
                os.unlink(report)
        self.assertGreater(refused, 0)


if __name__ == "__main__":
    unittest.main()
