"""Names of targets: the first address, all of them, or IPv6 alone, as the resolver of a namespace of this test's own knows them."""

import os
import shutil
import subprocess
import unittest

from namespaces import Namespace, agent


class ScanNames(unittest.TestCase):
    def setUp(self):
        self.namespace = Namespace("names")
        self.addCleanup(self.namespace.remove)
        # ip-netns(8): files below /etc/netns/NAME take the place of those in /etc for what is run in the namespace.
        folder = f"/etc/netns/{self.namespace.name}"
        os.makedirs(folder)
        self.addCleanup(shutil.rmtree, folder)
        with open(f"{folder}/hosts", "w") as file:
            file.write("127.0.0.1 localhost\n127.0.0.7 pier.test\n127.0.0.8 pier.test\nfd00::7 pier.test\n")
        with open(f"{folder}/nsswitch.conf", "w") as file:
            file.write("hosts: files\npasswd: files\ngroup: files\n")

    def listed(self, *arguments, code=0):
        done = subprocess.run(
            self.namespace.command(agent(), "scan", "-sL", "-o", "csv", "--no-headers", *arguments), text=True,
            capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return {line.split(",")[0] for line in done.stdout.splitlines()} if code == 0 else done.stderr

    def test_a_name_is_its_first_address_all_of_them_or_those_of_ipv6(self):
        self.assertEqual(len(self.listed("pier.test") & {"127.0.0.7", "127.0.0.8"}), 1)
        self.assertEqual(len(self.listed("pier.test")), 1)
        self.assertLessEqual({"127.0.0.7", "127.0.0.8"}, self.listed("pier.test", "--resolve-all"))
        self.assertEqual(self.listed("pier.test", "-6"), {"fd00::7"})
        # An excluded name stands for all of its addresses.
        self.assertEqual(self.listed("127.0.0.6-9", "--exclude", "pier.test"), {"127.0.0.6", "127.0.0.9"})

    def test_an_unknown_name_is_told_in_one_line(self):
        self.assertIn("quay.test", self.listed("quay.test", code=1))


if __name__ == "__main__":
    unittest.main()
