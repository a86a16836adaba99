"""What the tests of scan's reports share: a namespace with listeners, and the agent in it."""

import subprocess
import sys

from namespaces import Namespace, agent

LISTENER = """
import signal, socket, sys
for port in sys.argv[1:]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", int(port)))
    listener.listen(64)
    listener.detach()
print("ready", flush=True)
signal.pause()
"""

# Counts connections by the address and port that they were made to, and prints the counts when it is told to end.
COUNTER = """
import collections, selectors, signal, socket, sys
counts = collections.Counter()
selector = selectors.DefaultSelector()
for port in sys.argv[1:]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", int(port)))
    listener.listen(4096)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
over = False
def end(*_):
    global over
    over = True
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    ready = selector.select(0.05)
    for key, _ in ready:
        while True:
            try:
                connection, _ = key.fileobj.accept()
            except BlockingIOError:
                break
            except OSError:
                continue
            try:
                counts[connection.getsockname()[:2]] += 1
            except OSError:
                pass
            connection.close()
    if over and not ready:
        break
for (address, port), count in counts.items():
    print(address, port, count)
"""


class Bench:
    """A namespace that goes away with its test."""

    def __init__(self, test, purpose):
        self.namespace = Namespace(purpose)
        test.addCleanup(self.namespace.remove)
        self.test = test

    def start(self, script, *arguments):
        process = subprocess.Popen(
            self.namespace.command(sys.executable, "-c", script, *map(str, arguments)), stdout=subprocess.PIPE, text=True)
        self.test.addCleanup(self.end, process)
        self.test.assertEqual(process.stdout.readline(), "ready\n")
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()

    def counts(self, counter):
        """Ends a COUNTER and returns its connections by (address, port)."""
        counter.terminate()
        output = counter.stdout.read()
        counter.wait(timeout=30)
        counts = {}
        for line in output.splitlines():
            address, port, count = line.split()
            counts[(address, int(port))] = int(count)
        return counts

    def scan(self, *arguments, expect=0, **options):
        """A scan that is waited for: what it printed, and what it said."""
        options.setdefault("timeout", 120)
        done = subprocess.run(
            self.namespace.command(agent(), "scan", *map(str, arguments)), capture_output=True, text=True, check=False,
            **options)
        self.test.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout, done.stderr

    def begin(self, *arguments, **options):
        """A scan that goes on meanwhile."""
        process = subprocess.Popen(
            self.namespace.command(agent(), "scan", *map(str, arguments)), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, **options)
        self.test.addCleanup(self.finish, process)
        return process

    @staticmethod
    def finish(process):
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
