"""Targets read by the agent and by nmap's list scan stand for the same addresses."""

import ipaddress
import random
import tempfile
import unittest

import differential

PREFIX = "Nmap scan report for "


def by_nmap(*arguments):
    output, errors, code = differential.run([differential.nmap(), "-sL", "-n", *arguments])
    if code != 0:
        raise AssertionError(f"nmap {' '.join(arguments)} ended with {code}: {errors.strip()}")
    return [line[len(PREFIX):] for line in output.splitlines() if line.startswith(PREFIX)]


class TargetsAgainstNmap(unittest.TestCase):
    def compare(self, *arguments, nmap_arguments=None):
        ours = differential.lines_of_agent("targets", *arguments)
        theirs = by_nmap(*(nmap_arguments or arguments))
        self.assertEqual(len(ours), len(set(ours)), f"an address twice in {arguments}")
        # nmap repeats what is named twice and keeps the order of the arguments.
        self.assertEqual(set(ours), set(theirs), f"{arguments}")
        self.assertEqual(ours, sorted(ours, key=lambda text: int(ipaddress.ip_address(text))), f"{arguments}")
        return len(ours)

    def octet(self, generator):
        low = generator.randrange(256)
        high = generator.randrange(low, min(256, low + 3))
        return generator.choice([
            f"{low}", f"{low}-{high}", f"{generator.randrange(253, 256)}-", f"-{generator.randrange(3)}",
            f"{low},{generator.randrange(256)}", f"{low}-{high},{generator.randrange(256)}",
            f"{generator.randrange(254, 256)}-,{low}",
        ])

    def test_octet_patterns(self):
        generator = random.Random(20261)
        for _ in range(150):
            octets = [self.octet(generator) for _ in range(4)]
            # What begins with a hyphen is an option to both.
            octets[0] = octets[0].lstrip("-")
            if generator.random() < 0.2:
                octets[3] = generator.choice(["*", "-"])
                octets[0] = "10"
            self.compare(".".join(octets))

    def test_masks_on_patterns_and_addresses(self):
        generator = random.Random(20262)
        for _ in range(80):
            octets = ["10", str(generator.randrange(256)), self.octet(generator), self.octet(generator)]
            self.compare(".".join(octets) + f"/{generator.randrange(25, 33)}")
        for _ in range(40):
            address = ipaddress.IPv4Address(generator.randrange(2**32))
            self.compare(f"{address}/{generator.randrange(22, 33)}")

    def test_several_targets_and_exclusions(self):
        generator = random.Random(20263)
        for _ in range(40):
            targets = [f"10.0.{generator.randrange(3)}.{self.octet(generator)}" for _ in range(3)]
            self.compare(*targets)
            # nmap cuts exclusions at every comma: whole addresses and networks mean the same to both. One network a
            # subnet: nmap 7.93 forgets most of 10.0.1.0/26 in --exclude 10.0.1.56/32,10.0.1.27/26, by their order.
            excluded = ",".join(f"10.0.{subnet}.{generator.randrange(256)}/{generator.randrange(26, 33)}"
                                for subnet in range(3))
            self.compare("10.0.0-2.*", "--exclude", excluded)

    def test_list_and_exclusion_files(self):
        listed = "# networks\n10.0.0.0/28 10.0.1.1\t10.0.1.2#two\n\n   10.0.2.1,3,5-7  # octets\n"
        excluded = "10.0.0.4-7 # middle\n10.0.1.2\n10.0.2.3,5\n"
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets, \
                tempfile.NamedTemporaryFile("w", suffix=".txt") as holes:
            targets.write(listed)
            targets.flush()
            holes.write(excluded)
            holes.flush()
            self.assertEqual(self.compare("-iL", targets.name), 23)
            count = self.compare(
                "-iL", targets.name, "--exclude-file", holes.name,
                nmap_arguments=["-iL", targets.name, "--excludefile", holes.name])
            self.assertEqual(count, 16)

    def test_ipv6_networks(self):
        generator = random.Random(20264)
        for _ in range(30):
            address = ipaddress.IPv6Address(generator.randrange(0x20010db8 << 96, (0x20010db8 << 96) + 2**96))
            text = f"{address}/{generator.randrange(119, 129)}"
            self.compare(text, nmap_arguments=["-6", text])

    def test_both_refuse_the_same_text(self):
        for text in ["10.0.0.256", "10.0.0.5-3", "10.0.0.1-300", "10.0.0.1/x", "10.0.0.1/-1"]:
            output, errors, code = differential.run([differential.agent(), "targets", text])
            self.assertEqual((output, code), ("", 64), text)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            theirs, _, _ = differential.run([differential.nmap(), "-sL", "-n", text])
            self.assertNotIn(PREFIX, theirs, text)


if __name__ == "__main__":
    unittest.main()
