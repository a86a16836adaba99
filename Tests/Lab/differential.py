"""What the comparisons with nmap share: finding both programs, running them, and where they must agree.

nmap is only ever run in ways that send nothing: a list scan without name lookups (-sL -n), or a scan without targets.
"""

import os
import shutil
import subprocess

TIMEOUT_SECONDS = 120


def agent():
    """The agent's path; a missing one is a failure, never a skip."""
    folder = os.environ.get("PERIPLUS_BIN")
    if not folder:
        raise AssertionError("PERIPLUS_BIN does not name the folder of the built programs")
    path = os.path.join(folder, "periplus-agent")
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is not there; build it first")
    return path


def nmap():
    path = shutil.which("nmap")
    if not path:
        raise AssertionError("nmap is not installed: apt-get install nmap")
    return path


def run(arguments, text=None):
    """Standard output, standard error and exit code."""
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    return done.stdout, done.stderr, done.returncode


def lines_of_agent(*arguments, text=None):
    output, errors, code = run([agent(), *arguments], text)
    if code != 0:
        raise AssertionError(f"periplus-agent {' '.join(arguments)} ended with {code}: {errors.strip()}")
    return output.split()
