"""Port expressions read by the agent and by nmap stand for the same ports.

nmap prints the ports of a scan without targets (-oG - -v), and sends nothing.
"""

import json
import random
import re
import tempfile
import unittest

import differential


def numbers(text):
    found = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def by_nmap(spec, folder=None):
    """Ports by protocol, or None where nmap refuses the expression; with the service names that a folder holds."""
    arguments = [differential.nmap(), "-sT", "-sU", "-p", spec, "-oG", "-", "-v"]
    if folder:
        # Not --servicedb: that implies -F, which does not go with -p.
        arguments += ["--datadir", folder]
    output, _, code = differential.run(arguments)
    match = re.search(r"^# Ports scanned: TCP\(\d+;([\d,-]*)\) UDP\(\d+;([\d,-]*)\)", output, re.M)
    if code != 0 or not match:
        return None
    return {"tcp": numbers(match.group(1)), "udp": numbers(match.group(2))}


def by_agent(spec):
    found = {"tcp": set(), "udp": set()}
    for line in differential.lines_of_agent("ports", "--", spec):
        protocol, _, number = line.partition("/")
        found[protocol].add(int(number))
    return found


class PortsAgainstNmap(unittest.TestCase):
    def compare(self, spec, folder=None):
        theirs = by_nmap(spec, folder)
        self.assertIsNotNone(theirs, f"nmap refuses {spec}")
        self.assertEqual(by_agent(spec), theirs, spec)

    def part(self, generator):
        low = generator.randrange(65536)
        high = generator.randrange(low, 65536)
        return generator.choice([
            f"{low}", f"{low}", f"{low}-{high}", f"{low}-{min(65535, low + 20)}", f"{generator.randrange(60000, 65536)}-",
            f"-{generator.randrange(1, 3000)}", "-", f" {low}", f"{low} ",
        ])

    def test_numbers_and_ranges(self):
        generator = random.Random(20265)
        for _ in range(150):
            # Every part stands under a letter: both programs then read it for the same protocol.
            spec = ""
            for _ in range(generator.randrange(1, 5)):
                letter = generator.choice("TU")
                spec += f"{letter}:" + ",".join(self.part(generator) for _ in range(generator.randrange(1, 4))) + ","
            self.compare(spec if generator.random() < 0.2 else spec[:-1])

    def test_named_examples(self):
        for spec in ["T:-100", "T:60000-", "T:-", "T:0", "T:0-5", "T:22,U:53,T:80", "U:53,111,T:1-3", "T:80,80,79-81"]:
            self.compare(spec)

    def write_services(self, folder):
        """Gives nmap the agent's own names, so that both look names up in the same table; returns the named rows."""
        rows = differential.lines_of_agent("ports", "T:1-65535,U:1-65535", "-o", "ndjson")
        named = [row for row in map(json.loads, rows) if row["service"]]
        with open(folder + "/nmap-services", "w", encoding="utf-8") as file:
            for row in named:
                file.write(f"{row['service']}\t{row['port']}/{row['protocol']}\n")
        return named

    def test_brackets_keep_named_ports(self):
        generator = random.Random(20266)
        with tempfile.TemporaryDirectory() as folder:
            self.write_services(folder)
            for _ in range(40):
                low = generator.randrange(1, 9000)
                span = f"{low}-{low + generator.randrange(1, 9000)}"
                self.compare(generator.choice([f"T:[{span}],1", f"U:[{span}],1", f"T:1,[U:{span}],2", f"T:[-{low}],U:1"]),
                             folder)

    def test_names_find_what_nmap_finds(self):
        generator = random.Random(20267)
        with tempfile.TemporaryDirectory() as folder:
            named = self.write_services(folder)
            names = sorted({row["service"] for row in named if row["protocol"] == "tcp"
                            and re.fullmatch("[a-z][a-z0-9-]*", row["service"])})
            for name in generator.sample(names, 40):
                for pattern in [name, name[:2] + "*", name[:-1] + "?"]:
                    ours = by_agent("T:" + pattern)
                    theirs = by_nmap("T:" + pattern, folder)
                    # The agent knows aliases too, which nmap's table cannot hold.
                    self.assertLessEqual(theirs["tcp"], ours["tcp"], pattern)

    def test_both_refuse_the_same_text(self):
        for spec in ["", "65536", "80-70", "80;443", "80 443", ",80", "80,,81", "80]", "[[80]]", "x:80",
                     "nosuchservice", "1-2-3", "T:1-70000", "-0", "U:"]:
            output, errors, code = differential.run([differential.agent(), "ports", "--", spec])
            self.assertEqual((output, code), ("", 64), spec)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIsNone(by_nmap(spec), f"nmap takes {spec}")

    def test_an_open_bracket_is_refused_where_nmap_guesses(self):
        self.assertIsNotNone(by_nmap("[80"))
        _, errors, code = differential.run([differential.agent(), "ports", "--", "[80"])
        self.assertEqual(code, 64)
        self.assertIn("not closed", errors)


if __name__ == "__main__":
    unittest.main()
