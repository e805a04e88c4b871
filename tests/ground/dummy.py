"""A process for the supervisor's tests: with a child of its own, and one that doesn't listen to SIGTERM where asked.

`python dummy.py [--stubborn] [--dies]`
"""

import signal
import subprocess
import sys
import time

if "--child" not in sys.argv:
    subprocess.Popen([sys.executable, __file__, "--child", *sys.argv[1:]])
if "--stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "--dies" in sys.argv and "--child" not in sys.argv:
    time.sleep(1)
    sys.exit("dummy: dying as told")
while True:
    time.sleep(60)
