"""PostgreSQL refuses to run as root: finds the way in which it can run all the same."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from supervisor.errors import Trouble

NOBODY = 65534


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

    def works(self, program: Path, directory: Path) -> bool:
        """Whether `program` starts in this way and can enter `directory`."""
        if self.prefix and not shutil.which(self.prefix[0]):
            return False
        command: list[str] = [
            *self.prefix,
            "/bin/sh",
            "-c",
            'cd "$1" && exec "$2" --version',
            "sh",
            str(directory),
            str(program),
        ]
        groups: list[int] | None = None if self.user is None else []
        tried = subprocess.run(
            command, cwd="/", capture_output=True, user=self.user, group=self.user, extra_groups=groups, check=False
        )
        return tried.returncode == 0


AS_NOBODY = Way(user=NOBODY, owner=NOBODY)
# Folders that only root may enter (/root, a checkout of mode 0700) shut `nobody` out. In a user namespace the
# server is root outside and 1000 inside. Where namespaces are forbidden (Docker), `nobody` is given the one right
# to walk through folders; no_setuid_fixup because PostgreSQL asks access(2), which otherwise drops that right.
IN_NAMESPACE = Way(prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000"), owner=0)
AS_NOBODY_ANYWHERE = Way(
    prefix=(
        *("setpriv", "--securebits=+no_setuid_fixup", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
    ),
    owner=NOBODY,
)


def find(program: Path, directory: Path) -> Way:
    """The way to run `program` in `directory`: as we are, or as root one of the three. Raises Trouble for none."""
    if os.geteuid() != 0:
        return Way()
    for way in (AS_NOBODY, IN_NAMESPACE, AS_NOBODY_ANYWHERE):
        if way.works(program, directory):
            return way
    raise Trouble(
        "PostgreSQL doesn't run as root, and no way round it works here:\n"
        f"  - the user `nobody` can't reach {directory} or {program}: some folder above has no o+x;\n"
        "  - this machine lets us make no user namespace (`unshare --user`) and keep no capability (`setpriv`).\n"
        "Do one of: run as a normal user; move the checkout to a folder all may enter and VAR_DIR too "
        "(for example /srv/xinyi and VAR_DIR=/var/lib/xinyi); or set DATABASE_URL to your own PostgreSQL 18."
    )
