#!/usr/bin/env python3
"""Wall and CPU seconds of a scan, and how much it found, on networks that are slow, lossy, dark or limited.

    PERIPLUS_BIN=.build/release python3 Benchmarks/networks.py [--rounds 3] [--cells NAME,...] [--nmap] [--cscan cscan.c]

No tuning: every scan has the defaults. With --nmap its -T4 (and -T3 for limited hosts) runs in the same rounds, with
--cscan a bare C scanner whose concurrency, timeout and retries were chosen by hand for the cell.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Lab"))
import cells  # noqa: E402
from namespaces import agent, tool  # noqa: E402

LONGEST = 240

CELLS = {
    "lossy": (cells.LossyHosts, ["-c", "4000", "-t", "250", "-r", "2", "-R", "1"], "-T4"),
    "firewalled": (cells.FirewalledNetwork, ["-c", "15000", "-t", "100", "-r", "1"], "-T4"),
    "firewalled-lossy": (cells.LossyFirewalledNetwork, ["-c", "15000", "-t", "100", "-r", "1"], "-T4"),
    "dark": (cells.DarkNetwork, ["-c", "15000", "-t", "100", "-r", "1"], "-T4"),
    "on-link": (cells.OnLinkNetwork, ["-c", "15000", "-t", "100", "-r", "1"], "-T4"),
    "on-link-2048": (cells.WideOnLinkNetwork, None, "-T4"),
    "limited-100": (cells.LimitedHost, ["-c", "25", "-t", "250", "-r", "10"], "-T3"),
    "limited-1000": (cells.FasterLimitedHost, ["-c", "25", "-t", "250", "-r", "10"], "-T3"),
}


def measure(cell, command, found):
    began = time.monotonic()
    process = subprocess.Popen(
        cell.scanner.command("timeout", str(LONGEST), *command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    out = process.stdout.read()
    process.stdout.close()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    endpoints = found(out)
    return (time.monotonic() - began, usage.ru_utime + usage.ru_stime,
            len(endpoints & cell.open), len(endpoints - cell.open))


def open_rows(out):
    rows = [json.loads(line) for line in out.splitlines()]
    return {(row["address"], row["port"]) for row in rows if row["state"] == "open"}


def open_nmap(out):
    result = set()
    for host, ports in re.findall(r"^Host: (\S+) .*?Ports: (.*?)(?:\t|$)", out, re.MULTILINE):
        for number, state in re.findall(r"(\d+)/(\w+)/tcp", ports):
            if state == "open":
                result.add((host, int(number)))
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", default=",".join(CELLS))
    parser.add_argument("--nmap", action="store_true")
    parser.add_argument("--cscan")
    parser.add_argument("--arguments", default="", help="more arguments for our scan")
    options = parser.parse_args()
    print("| network | program | wall s: median (worst) | CPU s | open found, least of all rounds | false |")
    print("|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        built = None
        if options.cscan:
            built = os.path.join(folder, "cscan")
            subprocess.run(["cc", "-O2", "-pthread", "-o", built, options.cscan], check=True)
        for name in options.cells.split(","):
            kind, bare, template = CELLS[name]
            cell = kind(name[:4])
            try:
                ports = ["-F"] if cell.ports is None else ["-p", cell.ports]
                programs = {"periplus-agent scan": (
                    [agent(), "scan", *cell.targets, *ports, "-o", "ndjson", *options.arguments.split()], open_rows)}
                if options.nmap:
                    # nmap takes our list of likely ports, so that both look at the same.
                    listed = cell.ports or subprocess.run(
                        [agent(), "ports", "-F"], capture_output=True, text=True, check=True
                    ).stdout.replace("tcp/", "").strip().replace("\n", ",")
                    programs[f"nmap -sT {template}"] = (
                        [tool("nmap"), "-sT", "-n", "-Pn", "--unprivileged", template, "-p", listed, "-oG", "-",
                         *cell.targets], open_nmap)
                if built and bare:
                    listed = cell.ports or subprocess.run(
                        [agent(), "ports", "-F"], capture_output=True, text=True, check=True
                    ).stdout.replace("tcp/", "").strip().replace("\n", ",")
                    target = cell.targets[0] if "-" not in cell.targets[0] else ",".join(
                        f"10.78.0.{n}" for n in range(1, 21))
                    out = os.path.join(folder, "open")
                    programs["C, tuned by hand"] = (
                        ["sh", "-c", f"ulimit -n 20000; {built} {' '.join(bare)} -o {out} {target} {listed}; cat {out}"],
                        lambda text: {(a, int(p)) for a, p in re.findall(r"^([\d.]+) (\d+)$", text, re.MULTILINE)})
                figures = {program: [] for program in programs}
                for _ in range(options.rounds):
                    for program, (command, found) in programs.items():
                        figures[program].append(measure(cell, command, found))
                for program, runs in figures.items():
                    walls, cpus, hits, false = zip(*runs)
                    print(f"| {name} | {program} | {statistics.median(walls):.2f} ({max(walls):.2f}) "
                          f"| {statistics.median(cpus):.2f} | {min(hits)} of {len(cell.open)} "
                          f"| {max(false)} |", flush=True)
            finally:
                cell.close()


if __name__ == "__main__":
    main()
