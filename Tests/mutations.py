#!/usr/bin/env python3
"""Plants faults in the dispatcher, one at a time, in a copy of the sources, and shows that the simulation finds each.

    python3 Tests/mutations.py [--seeds 400] [--only NAME,NAME]

Prints a table: the fault, and the first seed that finds it with what it saw. Exits with 1 if one is not found. Takes a build
for each fault, some minutes in all; it is run by hand when the dispatcher or the simulation changes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVICES, STORE, CORE = "Sources/Coordinator/Services/", "Sources/Coordinator/Store/", "Sources/Coordinator/Core/"

# Name, then for each edit: file, what stands there, what stands there instead.
FAULTS = [
    ("a claim's epoch and token are not tested", SERVICES + "LeaseService.swift",
     "lease.agent == agent, lease.tokenHash == tokenHash", "lease.agent == agent || lease.tokenHash == tokenHash || true"),
    ("the reaper does not test the expiry", STORE + "SQLiteSession+Leases.swift",
     "AND ended_at IS NULL AND expires_at < ?\n", "AND ended_at IS NULL AND ? > 0\n",
     SERVICES + "LeaseReaper.swift", "expiringLeases(before: now,", "expiringLeases(before: now + .seconds(25),"),
    ("a chunk's key has no epoch", STORE + "SQLiteSession+Jobs.swift",
     "SELECT digest FROM chunk WHERE job_id = ? AND epoch = ? AND number = ?",
     "SELECT digest FROM chunk WHERE job_id = ? AND ? > 0 AND number = ?"),
    ("late chunks are counted", SERVICES + "ResultService.swift",
     "let isCounted = lease.endedAt == nil\n", "let isCounted = lease.endedAt == nil || lease.epoch > 0\n"),
    ("a lost lease may still finish", SERVICES + "LeaseService.swift",
     "guard let first = lease.finish else { throw Refusal.lostLease }",
     "guard let first = lease.finish else { return try JobLifecycle(session: session, settings: context.settings, now: now)"
     ".returnRemainder(of: lease, countsAsFailure: false, error: nil) }"),
    ("the remainder is the whole job", SERVICES + "JobLifecycle.swift",
     "let remainder = try session.rectangles(of: job.id).without(completed: covered)",
     "let remainder = try session.rectangles(of: job.id)"),
    ("a split job loses its rest", SERVICES + "JobDispatch.swift",
     "for left in parts.map(\\.rectangles) + [rest] where !left.isEmpty {", "for left in parts.map(\\.rectangles) + [rest] where !left.isEmpty && left != rest {"),
    ("a forgotten lease is not ended", SERVICES + "LeaseService.swift",
     "for lease in try session.runningLeases(of: agent.id) where lease.slot == slot {",
     "for lease in try session.runningLeases(of: agent.id) where lease.slot == slot && lease.epoch < 0 {"),
    ("the cursor is not kept", SERVICES + "JobDispatch.swift",
     "        try session.setCursor(cursor, of: lane.id)\n        return .granted(", "        return .granted("),
    ("a lease's end does not free its bounds", STORE + "SQLiteSession+Leases.swift",
     "UPDATE work_use SET jobs = jobs - 1,", "UPDATE work_use SET jobs = jobs - 0,"),
    ("a halved job loses its second half", SERVICES + "JobLifecycle.swift",
     "if !rest.isEmpty, let halved", "if rest.isEmpty, let halved"),
    ("a restart extends no lease", STORE + "SQLiteSession+Leases.swift",
     "expires_at = max(expires_at, ?1) WHERE ended_at IS NULL", "expires_at = min(expires_at, ?1) WHERE ended_at IS NULL"),
    ("a bound on jobs is passed by one", CORE + "Dispatch/WorkShare.swift", "use.jobs >= jobs", "use.jobs > jobs"),
    ("a rate is divided without a look at what is given out", CORE + "Dispatch/WorkShare.swift",
     "min(rate - use.probesPerSecond, max(1, rate / agents))", "max(1, rate / agents)",
     CORE + "Dispatch/WorkShare.swift", "use.probesPerSecond >= probesPerSecond", "use.probesPerSecond > probesPerSecond * 9"),
    ("work under a limit counts against it not", SERVICES + "LimitParts.swift",
     "rules: part.rules + [limit.rule]", "rules: part.rules"),
    ("lanes are served by their age", CORE + "Dispatch/FairShare.swift",
     "max(pass, turn) + Double(probes) / weight(ofPriority: priority)", "max(pass, turn) + Double(probes)"),
    ("a lane that waited catches up", CORE + "Dispatch/FairShare.swift",
     "max(pass, turn) + Double(probes)", "(turn < 0 ? turn : pass) + Double(probes)"),
]


def run(folder, *command, variables=None):
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **(variables or {})})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=400)
    parser.add_argument("--only", default="")
    parser.add_argument("--in", dest="folder", help="A copy of the sources, with its build, that may be changed.")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder
        if not folder:
            folder = os.path.join(scratch, "copy")
            shutil.copytree(ROOT, folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        print("| planted fault | first seed | what it saw |\n|---|---|---|", flush=True)
        for name, *edits in FAULTS:
            if options.only and name not in options.only.split(","):
                continue
            originals = {}
            try:
                for path, old, new in zip(edits[::3], edits[1::3], edits[2::3]):
                    file = os.path.join(folder, path)
                    with open(file, encoding="utf-8") as source:
                        text = source.read()
                    if text.count(old) != 1:
                        raise SystemExit(f"{path} has {text.count(old)} times: {old}")
                    originals.setdefault(file, text)
                    with open(file, "w", encoding="utf-8") as target:
                        target.write(text.replace(old, new))
                built = run(folder, "swift", "build", "--build-tests")
                if built.returncode != 0:
                    raise SystemExit(f"{name}: {built.stdout[-2000:]}{built.stderr[-2000:]}")
                found = run(
                    folder, "swift", "test", "--skip-build", "--disable-xctest", "--filter", "SimulationTests|FairnessTests",
                    variables={"PERIPLUS_SEEDS": str(options.seeds)})
                seeds = sorted(
                    (int(match[1]), match[2]) for match in re.finditer(r"seed (\d+): ([^\n]+)", found.stdout + found.stderr))
                if found.returncode == 0 or not seeds:
                    missed += 1
                    print(f"| {name} | **none of {options.seeds}** | {'it ended otherwise' if found.returncode else ''} |", flush=True)
                else:
                    print(f"| {name} | {seeds[0][0]} | {seeds[0][1].split(';')[0][:110]} |", flush=True)
            finally:
                for file, text in originals.items():
                    with open(file, "w", encoding="utf-8") as target:
                        target.write(text)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
