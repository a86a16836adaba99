#!/usr/bin/env python3
"""What a scan costs that is far too large to end: a dark 10.0.0.0/8 × 1,000 ports, in a namespace of this script's own.

    PERIPLUS_BIN=.build/release python3 Benchmarks/scale.py [--seconds 20]

Says how long it takes until the first row could come, how much memory is resident after a while and at the end, with the
defaults and with 20,000 probes in flight, and how many allocations a probe costs (by valgrind, from two runs that differ in
their ports alone).
"""

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Lab"))
import cells  # noqa: E402
from namespaces import agent, tool  # noqa: E402


class Dark(cells.Cell):
    """Everything in 10.0.0.0/8 is dropped on arrival."""

    def build(self):
        self.cable("192.168.255.1/30", "192.168.255.2/30")
        self.scanner.ip("route", "add", "10.0.0.0/8", "via", "192.168.255.2")
        self.target.nft("table ip cell {\nchain early {\ntype filter hook prerouting priority -300;\n"
                        "ip daddr 10.0.0.0/8 drop\n}\n}\n")


def status(process, field):
    with open(f"/proc/{process.pid}/status") as file:
        return int(re.search(rf"^{field}:\s+(\d+)", file.read(), re.MULTILINE).group(1)) / 1024


def sockets(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def count_allocations(program, ports):
    out = subprocess.run(
        [tool("valgrind"), "--tool=memcheck", program, "scan", "127.0.0.1", "-Pn", "-p", f"20000-{19999 + ports}",
         "-o", "name"], capture_output=True, text=True, check=True).stderr
    return int(re.search(r"total heap usage: ([\d,]+) allocs", out).group(1).replace(",", ""))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    cell = Dark("dark")
    try:
        cell.scanner.setting("net.ipv4.ip_local_port_range", "1024 65535")
        print("| 10.0.0.0/8 × 1,000 ports, dark | first SYN after s | MiB after 2 s | MiB at the end | sockets |")
        print("|---|---|---|---|---|")
        for name, arguments in (("defaults, -Pn", ["-Pn"]), ("defaults", []),
                                ("20,000 in flight, -Pn", ["-Pn", "--max-in-flight", "20000",
                                                           "--max-in-flight-per-network", "20000"])):
            counter = ("table ip count\ndelete table ip count\ntable ip count {\ncounter syns {}\nchain out {\n"
                       "type filter hook output priority 0;\nip daddr 10.0.0.0/8 counter name syns\n}\n}\n")
            cell.scanner.nft(counter)
            began = time.monotonic()
            process = subprocess.Popen(
                cell.scanner.command(agent(), "scan", "10.0.0.0/8", "--top-ports", "1000", "-o", "name", *arguments),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                first = None
                while first is None and time.monotonic() - began < 10:
                    out = subprocess.run(cell.scanner.command(tool("nft"), "list", "counter", "ip", "count", "syns"),
                                         capture_output=True, text=True, check=True).stdout
                    if int(re.search(r"packets (\d+)", out).group(1)) > 0:
                        first = time.monotonic() - began
                time.sleep(max(0, 2 - (time.monotonic() - began)))
                early = status(process, "VmRSS")
                most = 0
                while time.monotonic() - began < options.seconds:
                    most = max(most, sockets(process))
                    time.sleep(0.2)
                print(f"| {name} | {first:.3f} | {early:.1f} | {status(process, 'VmRSS'):.1f} | {most} |", flush=True)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait()
    finally:
        cell.close()
    allocations = {}
    with tempfile.TemporaryDirectory() as folder:
        # Without its debugging information, which this valgrind cannot read.
        bare = os.path.join(folder, "periplus-agent")
        subprocess.run([tool("strip"), "-o", bare, agent()], check=True)
        for ports in (5_000, 25_000):
            allocations[ports] = count_allocations(bare, ports)
    print(f"\nAllocations: {allocations[5_000]} for 5,000 probes, {allocations[25_000]} for 25,000: "
          f"{(allocations[25_000] - allocations[5_000]) / 20_000:.3f} a probe")


if __name__ == "__main__":
    main()
