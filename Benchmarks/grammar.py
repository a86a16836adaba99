#!/usr/bin/env python3
"""What target expressions and index spaces cost, beside nmap's list scan, which sends nothing either.

    PERIPLUS_BIN=.build/release python3 Benchmarks/grammar.py [--rounds 5]

Every round runs every program once, in turn; medians are compared. CPU is user and system time of the program alone, memory
its largest resident set.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time


def agent():
    path = os.path.join(os.environ.get("PERIPLUS_BIN", ".build/release"), "periplus-agent")
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is not there; build it with: make release")
    return path


def measure(command):
    """Wall seconds, CPU seconds, and MiB of the largest resident set."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)[:100]} exited with {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    numbers = random.Random(1)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as exclusions:
        for _ in range(1000):
            exclusions.write(f"{numbers.randrange(1, 224)}.{numbers.randrange(256)}.{numbers.randrange(256)}.0/24\n")
        exclusions.flush()
        cases = {
            "targets 10.0.0.0/16": [agent(), "targets", "10.0.0.0/16"],
            "nmap -sL -n 10.0.0.0/16": ["nmap", "-sL", "-n", "10.0.0.0/16"],
            "targets 10.0.0.0/8": [agent(), "targets", "10.0.0.0/8"],
            "0.0.0.0/0 less 1,000 /24, counted": [
                agent(), "targets", "0.0.0.0/0", "--exclude-file", exclusions.name, "--count"],
            "no target work: --version": [agent(), "--version"],
        }
        results = {name: [] for name in cases}
        for _ in range(rounds):
            for name, command in cases.items():
                results[name].append(measure(command))
    print("| case | wall s | CPU s | MiB |\n|---|---|---|---|")
    medians = {}
    for name, rows in results.items():
        medians[name] = [statistics.median(column) for column in zip(*rows)]
        wall, cpu, memory = medians[name]
        print(f"| {name} | {wall:.3f} | {cpu:.3f} | {memory:.1f} |")
    ours, nmap = medians["targets 10.0.0.0/16"][1], medians["nmap -sL -n 10.0.0.0/16"][1]
    print(f"\nlisting a /16: nmap's CPU / ours = {nmap / ours:.2f}")


if __name__ == "__main__":
    main()
