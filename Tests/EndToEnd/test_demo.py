"""`periplus demo --once`: everything on one machine, and nothing left behind."""

import os
import shutil
import subprocess
import tempfile
import unittest

from listeners import Listener
from programs import PATIENCE, Program, binary, until


class DemoTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pp-demo-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = dict(os.environ, TMPDIR=self.folder, HOME=self.folder, COLUMNS="200")

    def processes(self):
        """Processes of the demo: their command lines name its scratch folder."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if self.folder.encode() in file.read():
                        found.append(int(name))
            except OSError:
                continue
        return found

    def test_once_prints_the_merged_table_and_leaves_nothing(self):
        four, six = Listener(self, "127.0.0.1"), Listener(self, "::1")
        done = subprocess.run(
            [binary("periplus"), "demo", "--once"], env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=5 * PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        heading, *rows = done.stdout.splitlines()
        for title in ("ADDRESS", "PORT", "STATE", "SERVICE", "PROCESS", "PID", "USER", "VERDICT"):
            self.assertIn(title, heading)
        for listener in (four, six):
            row, = [row for row in rows if row.split()[:2] == [listener.address, str(listener.port)]]
            for word in ("open", "python", str(os.getpid()), "local-only"):
                self.assertIn(word, row)
        self.assertIn("131070 probed, 0 failed, 0 not reached", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(self.processes(), [])

    def test_ctrl_c_in_mid_report_leaves_nothing_either(self):
        demo = Program(binary("periplus"), "demo", environment=self.environment)
        self.addCleanup(demo.kill)
        demo.line("scan:1: all 65535 TCP ports")
        demo.signal(2)
        demo.ended()
        until(lambda: not self.processes(), "the end of the agent")
        self.assertEqual(os.listdir(self.folder), [])

    def test_without_an_agent_beside_it_says_so_in_one_line(self):
        done = subprocess.run(
            [binary("periplus"), "demo", "--once", "--agent", self.folder + "/nowhere"], env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("nowhere cannot be started", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
