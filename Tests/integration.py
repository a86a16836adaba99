"""Runs the lab and end-to-end tests and closes with one line of counts. A skipped test is a failure: what the tests need
is installed by `make integration`, so that nothing has a reason to be skipped."""

import os
import pathlib
import sys
import unittest


def main() -> int:
    if not os.environ.get("PERIPLUS_BIN"):
        print("PERIPLUS_BIN must name the folder of the built programs", file=sys.stderr)
        return 2
    here = pathlib.Path(__file__).parent
    # The oracles of Tests/Lab/requirements.txt (deploy/prepare-python).
    sys.path.insert(0, str(here.parent / ".build" / "python"))
    passed = failed = 0
    for folder in ("Lab", "EndToEnd"):
        directory = str(here / folder)
        sys.path.insert(0, directory)
        suite = unittest.TestLoader().discover(directory, top_level_dir=directory)
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        bad = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
        passed += result.testsRun - bad
        failed += bad
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
