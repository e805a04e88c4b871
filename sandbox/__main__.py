"""`python -m sandbox keys DIR` makes the keys; `python -m sandbox serve` plays WeChat and the platform.

serve reads SANDBOX_PORT (9100), VAR_DIR (./var; keys and state in VAR_DIR/sandbox), EVENTS_URL (where events are
pushed, e.g. http://127.0.0.1:8000/platform/v1/events), WECHAT_APPID and WECHAT_SECRET (unset: any is let in),
PLATFORM_SUITE (of pushes until the client has called; then the client's).
"""

import os
import signal
import sys
from pathlib import Path

from sandbox.app import serve
from sandbox.keys import make
from sandbox.world import Settings


def main(arguments: list[str]) -> int:
    """Run a command; 2 where it is none."""
    match arguments:
        case ["keys", folder]:
            print(make(Path(folder) / "keys"))
            return 0
        case ["serve"]:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            try:
                serve(from_environment())
            except KeyboardInterrupt:
                return 0
            except OSError as failed:
                print(
                    f"sandbox: 无法监听端口 {os.environ.get('SANDBOX_PORT', '9100')}：{failed.strerror}",
                    file=sys.stderr,
                )
                return 1
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def from_environment() -> Settings:
    """The settings of `serve`."""
    return Settings(
        port=int(os.environ.get("SANDBOX_PORT") or 9100),
        folder=Path(os.environ.get("VAR_DIR") or "var") / "sandbox",
        events_url=os.environ.get("EVENTS_URL") or None,
        wechat_appid=os.environ.get("WECHAT_APPID") or None,
        wechat_secret=os.environ.get("WECHAT_SECRET") or None,
        suite=os.environ.get("PLATFORM_SUITE") or "ES256-SHA256",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
