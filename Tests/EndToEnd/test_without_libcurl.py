"""libcurl is wanted by what speaks HTTP, and by nothing else."""

import os
import shutil
import subprocess
import tempfile
import unittest

from programs import PATIENCE, binary


class WithoutLibcurlTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="periplus-libcurl-")
        self.addCleanup(shutil.rmtree, self.folder)

    def run_agent(self, *arguments):
        """Runs the agent where the linker finds this test's libcurl first (ld.so(8))."""
        return subprocess.run(
            [binary("periplus-agent"), *arguments], env={**os.environ, "LD_LIBRARY_PATH": self.folder},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)

    def enroll(self):
        token = os.path.join(self.folder, "token")
        with open(token, "w") as file:
            file.write("pj_0123456789abcdef")
        return self.run_agent(
            "enroll", "--coordinator", "http://127.0.0.1:9", "--token-file", token, "--identity",
            os.path.join(self.folder, "identity"))

    def put(self, content):
        with open(os.path.join(self.folder, "libcurl.so.4"), "wb") as file:
            file.write(content)

    def test_a_library_that_cannot_be_loaded_is_said_in_one_line(self):
        self.put(b"")
        answer = self.enroll()
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertRegex(answer.stderr, r"\Aperiplus-agent: cannot load libcurl: .*libcurl\.so\.4: file too short\n\Z")

    def test_a_library_that_is_another_is_said_by_what_it_lacks(self):
        with open("/proc/self/maps") as maps:
            libc = next(line.split()[-1] for line in maps if "/libc.so.6" in line)
        os.symlink(libc, os.path.join(self.folder, "libcurl.so.4"))
        answer = self.enroll()
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertRegex(answer.stderr, r"\Aperiplus-agent: libcurl\.so\.4 has no curl_global_init: .*\n\Z")

    def test_what_speaks_no_http_works(self):
        self.put(b"")
        for arguments in (["--version"], ["sockets", "-tan"], ["targets", "10.0.0.0/30"], ["ports", "80"],
                          ["scan", "-p", "9", "127.0.0.1"]):
            with self.subTest(arguments=arguments):
                answer = self.run_agent(*arguments)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertNotIn("libcurl", answer.stderr)


if __name__ == "__main__":
    unittest.main()
