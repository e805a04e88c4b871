"""The WSGI application, e.g. `granian --interface wsgi wsgi:app`."""

import gc
import sys

import config
from app.factory import create_app
from app.gateways import places
from app.gateways.platform.keys import KeysRefused

try:
    settings = config.load()
    app = create_app(settings)
except (config.ConfigRefused, KeysRefused) as refused:
    sys.exit(str(refused))  # an operator mends it, by what it says: no traceback, of `flask` neither

places.HERE.limit(settings.WEB_THREADS - 1)  # the platform's pushes find a thread while the platform itself is slow

gc.freeze()  # what was loaded by now lives as long as the process: the collector needn't look at it again
gc.set_threshold(10_000, 20, 20)  # requests leave little behind; looking after every 700 objects costs a tenth of them
