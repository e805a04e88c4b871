"""`python -m supervisor run | front-end | browser | openapi`: what the Makefile calls."""

import argparse
import os
import sys
from pathlib import Path

from supervisor import browser, contract, frontend, run
from supervisor.errors import Trouble
from supervisor.places import ROOT


def main() -> int:
    """Read the command line, do it, answer the exit code."""
    parser = argparse.ArgumentParser(prog="supervisor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run", help="the whole system, until Ctrl-C")
    running.add_argument("--procfile", type=Path, default=ROOT / "Procfile")
    running.add_argument("--bare", action="store_true", help="without keys, tables, demo data and readiness (tests)")
    running.add_argument("--end-with-parent", action="store_true", help="end when the process that started us ends")
    front_end = commands.add_parser("front-end", help="bring the front-end libraries that the pages use")
    front_end.add_argument("--dev", action="store_true", help="the linters of the OpenAPI document too")
    commands.add_parser("browser", help="find or bring a browser for the tests, print its path")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document to a file")
    openapi.add_argument("file", type=Path)
    chosen = parser.parse_args()
    try:
        if chosen.command == "run":
            return run.run(
                os.environ,
                _say,
                procfile=chosen.procfile,
                bare=chosen.bare,
                end_with_parent=chosen.end_with_parent,
            )
        if chosen.command == "front-end":
            frontend.bring(_say, dev=chosen.dev)
        elif chosen.command == "openapi":
            contract.write(chosen.file)
        else:
            print(browser.bring(os.environ, _say))
    except Trouble as trouble:
        _say(str(trouble))
        return 1
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
