"""A worker that does nothing but imports, as a process of its own: to be measured, and to be killed.

    python -m tests.volunteers.import_worker      says "ready", and for each line it gets: works, and says how it was
"""

import json
import resource
import sys
import time
from pathlib import Path

import psutil
from sqlalchemy import text

import config
from app.factory import create_app
from app.kernel.db import db
from app.volunteers.imports import carrying as carrying_imports


def main() -> None:
    app = create_app(config.load())
    with app.app_context():
        print("ready", flush=True)
        for _ in sys.stdin:
            backend = db.session.scalar(text("SELECT pg_backend_pid()"))
            db.session.commit()
            began, used = time.monotonic(), processor(backend)
            done = carrying_imports.run_due()
            print(json.dumps({"steps": done, "seconds": time.monotonic() - began,
                              "processor": processor(backend) - used, "peak_mb": peak_mb("self")}), flush=True)


def processor(backend: int) -> float:
    """Seconds of the processor that this process, those it has started and this one of the database's have used."""
    every = (*(resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)),)
    theirs = psutil.Process(backend).cpu_times()
    return sum(each.ru_utime + each.ru_stime for each in every) + theirs.user + theirs.system


def peak_mb(pid: object) -> float:
    """The most memory that a process has held, in megabytes; 0 where it is gone."""
    try:
        told = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in told.splitlines() if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
