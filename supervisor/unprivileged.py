"""PostgreSQL refuses to run as root: finds the way in which it can run all the same."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from supervisor.errors import Trouble

NOBODY = 65534
_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
_TRY = 'cd "$1" && exec "$2" --version'


@dataclass(frozen=True)
class Way:
    """How a server is started: words before its command, the uid to become, the uid that owns its files."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    owner: int | None = None

    def own(self, directory: Path) -> None:
        """Hand a directory and all in it to the server's uid, where it is another's."""
        if self.owner is None or directory.stat().st_uid == self.owner:
            return
        for folder, _, files in os.walk(directory):
            for name in (".", *files):
                os.chown(Path(folder, name), self.owner, self.owner, follow_symlinks=False)


def find(program: Path, directory: Path) -> Way:
    """The way to run `program` in `directory`.

    As we are; as root: as `nobody`, where it can reach both; else in a user namespace.
    Raises Trouble where none works.
    """
    if os.geteuid() != 0:
        return Way()
    if _works((), NOBODY, program, directory):
        return Way(user=NOBODY, owner=NOBODY)
    if shutil.which("unshare") and _works(_NAMESPACE, None, program, directory):
        return Way(prefix=_NAMESPACE, owner=0)
    raise Trouble(
        "PostgreSQL doesn't run as root, and neither way round it works here:\n"
        f"  1. the user `nobody` can't reach {directory} or {program}: some folder above has no o+x;\n"
        "  2. this machine doesn't let us make a user namespace (`unshare --user`).\n"
        "Do one of: run as a normal user; move the checkout to a folder all may enter and VAR_DIR too "
        "(for example /srv/xinyi and VAR_DIR=/var/lib/xinyi); or set DATABASE_URL to your own PostgreSQL 18."
    )


def _works(prefix: Sequence[str], user: int | None, program: Path, directory: Path) -> bool:
    command = [*prefix, "/bin/sh", "-c", _TRY, "sh", str(directory), str(program)]
    groups: list[int] | None = None if user is None else []
    tried = subprocess.run(
        command, cwd="/", capture_output=True, user=user, group=user, extra_groups=groups, check=False
    )
    return tried.returncode == 0
