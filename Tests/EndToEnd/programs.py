"""Processes that a test starts, listens to, and always ends."""

import os
import re
import signal
import subprocess
import threading
import time

# The longest that anything here is waited for. It bounds a failure; no test depends on how fast things go.
PATIENCE = 60


def binary(name):
    """The path of a built program, in the folder that PERIPLUS_BIN names; its absence is a failure, never a skip."""
    folder = os.environ.get("PERIPLUS_BIN")
    if not folder:
        raise AssertionError("PERIPLUS_BIN does not name the folder of the built programs")
    path = os.path.join(os.path.abspath(folder), name)
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is not there: build it first")
    return path


def until(condition, what, within=PATIENCE):
    """Asks until `condition` gives something true, and returns that; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.03)


class Program:
    """A process whose standard error is kept line by line."""

    def __init__(self, *command, environment=None):
        self.command = [str(word) for word in command]
        self.lines = []
        self._said = threading.Condition()
        self._is_silent = False
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_running(self):
        return self.process.poll() is None

    def _read(self):
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._is_silent = True
            self._said.notify_all()

    def line(self, pattern, within=PATIENCE):
        """Waits for a line that matches, and returns the match."""
        deadline = time.monotonic() + within
        seen = 0
        with self._said:
            while True:
                for line in self.lines[seen:]:
                    match = re.search(pattern, line)
                    if match:
                        return match
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if self._is_silent or left <= 0:
                    raise AssertionError(f"{self.command[0]} never said {pattern!r}; it said:\n" + "\n".join(self.lines))
                self._said.wait(left)

    def signal(self, number):
        if self.is_running:
            self.process.send_signal(number)

    def ended(self, within=PATIENCE):
        """Waits for its end; returns its status."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.command[0]} does not end; it said:\n" + "\n".join(self.lines)) from None
        self._reader.join(5)
        return status

    def kill(self):
        """Ends it without a chance to tidy up; for cleanup, or because a test wants to see just that."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(5)
        self.process.stdout.close()
