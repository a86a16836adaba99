#!/usr/bin/env python3
"""What more agents bring: wall time of one scan by 1, 2, 4 and 8 agents of a fixed pace each, and what the death of one costs.

    PERIPLUS_BIN=.build/release python3 Benchmarks/speedup.py [--rate 400] [--seconds 40]

All agents are on this machine and probe addresses of 127.0.0.0/8; the pace, not the machine, is the limit. `--seconds` is how long
one agent would take; ideal is that divided by the agents. The last row has one of eight killed (kill -9) after its first results:
it costs the time until its lease has run out, and what it had not looked at.
"""

import argparse
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("Lab", "EndToEnd"):
    sys.path.insert(0, os.path.join(HERE, "..", "Tests", folder))
from fleet import Fleet  # noqa: E402
from programs import until  # noqa: E402

HOSTS = 256


class Bench(unittest.TestCase):
    def runTest(self):
        """Never run: it lends the fleet its cleanup."""


def measure(agents, kills, options):
    """Seconds from submission to the end."""
    bench = Bench()
    try:
        fleet = Fleet(bench)
        fleet.serve()
        programs = [fleet.agent(f"agent-{number}", "--duties", "scan") for number in range(agents)]
        ports = max(1, options.rate * options.seconds // HOSTS)
        begun = time.monotonic()
        scan = fleet.submit("127.49.0.0/24", "-p", f"1-{ports}", "--rate-per-agent", str(options.rate))
        if kills:
            fleet.wait_until_probed(scan)
            victim = until(lambda: next((row["name"] for row in fleet.request(
                "GET", "/api/v1/agents")[1]["rows"] if row.get("currentJob")), None), "an agent at work")
            programs[int(victim.removeprefix("agent-"))].kill()
        state = fleet.wait_until_over(scan, within=20 * options.seconds)
        took = time.monotonic() - begun
        counts = fleet.coverage(scan)
        if state != "done" or counts["probed"] != counts["size"]:
            raise SystemExit(f"the scan ended {state}: {counts}")
        return took, counts["size"]
    finally:
        bench.doCleanups()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=800, help="probes a second of each agent")
    parser.add_argument("--seconds", type=int, default=80, help="how long one agent would take")
    options = parser.parse_args()
    print("| agents | endpoints | ideal s | wall s | ideal / wall | one agent's wall / wall |", flush=True)
    print("|---|---|---|---|---|---|", flush=True)
    single = None
    walls = {}
    for agents in (1, 2, 4, 8):
        wall, size = measure(agents, False, options)
        single = single or wall
        walls[agents] = wall
        ideal = size / options.rate / agents
        print(f"| {agents} | {size} | {ideal:.1f} | {wall:.1f} | {ideal / wall:.2f} | {single / wall:.2f} |", flush=True)
    wall, size = measure(8, True, options)
    print(f"| 8, one killed | {size} | {size / options.rate / 8:.1f} | {wall:.1f} | | {single / wall:.2f} |", flush=True)
    print(f"killing one of eight costs {wall - walls[8]:.1f} s; a lease lasts 30 s")


if __name__ == "__main__":
    main()
