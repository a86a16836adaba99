#!/usr/bin/env python3
"""Wall and CPU seconds and memory of the socket inventory beside ss, lsof and netstat, on hosts with many sockets.

    PERIPLUS_BIN=.build/release python3 Benchmarks/inventory.py [--rounds 5] [--sizes 10000,50000,100000] [--limit invlim.c]

Each size is a namespace of this script's own. Every round runs every program once, in turn; medians are compared. With
--limit a bare C program (one dump, one pass over /proc, everything printed) shows what the kernel's own work costs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

LAB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Lab")
sys.path.insert(0, LAB)
from namespaces import Namespace, agent, tool  # noqa: E402


def measure(command):
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command} failed with {process.returncode}")
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", default="10000,50000,100000")
    parser.add_argument("--limit", help="invlim.c: the inventory as a bare C program, compiled to a temporary folder")
    options = parser.parse_args()
    ss, lsof, netstat = tool("ss"), tool("lsof"), tool("netstat")
    with tempfile.TemporaryDirectory() as folder:
        built = None
        if options.limit:
            built = os.path.join(folder, "invlim")
            subprocess.run(["cc", "-O2", "-o", built, options.limit], check=True)
        print("| sockets | question | program | wall s | CPU s | MiB | its wall / ours |")
        print("|---|---|---|---|---|---|---|", flush=True)
        for size in map(int, options.sizes.split(",")):
            questions = {
                "with owners": {
                    "periplus-agent sockets -tuanp": [agent(), "sockets", "-tuanp"],
                    "ss -tuanp": [ss, "-tuanp"],
                    **({"C: dump, /proc pass, print": [built, "-p"]} if built else {}),
                    **({"lsof -nP -i": [lsof, "-nP", "-i"], "netstat -tunap": [netstat, "-tunap"]}
                       if size <= 50_000 else {}),
                },
                "without owners": {
                    "periplus-agent sockets -tan": [agent(), "sockets", "-tan"],
                    "ss -tan": [ss, "-tan"],
                    **({"C: dump, print": [built, "-d", "-p"]} if built else {}),
                },
                "sport = :22": {
                    "periplus-agent sockets -tan sport = :22": [agent(), "sockets", "-tan", "sport", "=", ":22"],
                    "ss -tan sport = :22": [ss, "-tan", "sport", "=", ":22"],
                },
            }
            namespace = Namespace("inventory")
            namespace.setting("net.ipv4.ip_local_port_range", "1024 65535")
            holder = None
            try:
                holder = subprocess.Popen(
                    namespace.command(sys.executable, os.path.join(LAB, "many_sockets.py"), str(size), "16"),
                    stdout=subprocess.PIPE, text=True)
                assert holder.stdout.readline() == "ready\n"
                for question, programs in questions.items():
                    figures = {name: [] for name in programs}
                    for _ in range(options.rounds):
                        for name, command in programs.items():
                            # nsenter instead of `ip netns exec`, which remounts /sys each time.
                            inside = ["nsenter", f"--net=/run/netns/{namespace.name}", *command]
                            figures[name].append(measure(inside))
                    ours = statistics.median(run[0] for run in next(iter(figures.values())))
                    for name, runs in figures.items():
                        wall, cpu, memory = (statistics.median(column) for column in zip(*runs))
                        print(f"| {size:,} | {question} | {name} | {wall:.3f} | {cpu:.3f} | {memory:.0f} | {wall / ours:.2f} |",
                              flush=True)
            finally:
                if holder:
                    holder.kill()
                    holder.wait()
                    holder.stdout.close()
                namespace.remove()


if __name__ == "__main__":
    main()
