"""What a scan shows on a terminal, and what it keeps away from everything that is none."""

import os
import pty
import subprocess
import time
import unittest

from namespaces import agent
from scanning import LISTENER, Bench


class ScanTerminal(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(self, "terminal")
        self.bench.start(LISTENER, 2022)

    def on_terminal(self, *arguments):
        """Runs a scan with standard error on a terminal: its output, and what came to the terminal with its time."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen(
            self.bench.namespace.command(agent(), "scan", *arguments), stdout=subprocess.PIPE, stderr=slave)
        os.close(slave)
        seen = []
        try:
            while True:
                try:
                    chunk = os.read(master, 65_536)
                except OSError:
                    break
                if not chunk:
                    break
                seen.append((time.monotonic(), chunk))
            output = process.stdout.read().decode()
            self.assertEqual(process.wait(timeout=60), 0)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        return output, seen

    def test_a_terminal_shows_how_far_how_fast_and_how_long(self):
        output, seen = self.on_terminal("127.0.0.1", "-p", "1-799,2022", "--rate", "200")
        text = b"".join(chunk for _, chunk in seen).decode()
        lines = [line for line in text.split("\r\x1b[K") if line]
        # Four seconds at about five a second.
        self.assertGreater(len(lines), 10, text)
        self.assertLess(len(lines), 40, text)
        for line in lines:
            self.assertRegex(line, r"\A\d+\.\d% done, \d+ probes/s, \d+ open(, \S+ left)?\Z")
        shares = [float(line.split("%")[0]) for line in lines]
        self.assertEqual(shares, sorted(shares))
        self.assertLess(shares[0], 30)
        self.assertGreater(shares[-1], 80)
        rates = [int(line.split(", ")[1].split()[0]) for line in lines[3:]]
        self.assertTrue(all(100 < rate < 300 for rate in rates), rates)
        self.assertRegex(lines[5], r", [1-4]s left")
        self.assertTrue(text.endswith("\r\x1b[K"), "the line is not cleared at the end")
        self.assertIn("2022/tcp", output)
        self.assertNotIn("% done", output)

    def test_open_ports_are_told_as_they_are_found(self):
        _, seen = self.on_terminal("127.0.0.1", "-p", "1-300,2022", "--rate", "200", "-v")
        text = b"".join(chunk for _, chunk in seen).decode()
        self.assertIn("\r\x1b[Kopen 127.0.0.1 2022/tcp", text)

    def test_without_a_terminal_nothing_is_shown(self):
        _, errors = self.bench.scan("127.0.0.1", "-p", "1-300,2022", "--rate", "200")
        self.assertEqual(errors, "")


if __name__ == "__main__":
    unittest.main()
