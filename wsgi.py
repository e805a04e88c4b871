"""The WSGI application, e.g. `granian --interface wsgi wsgi:app`."""

import gc

import config
from app.factory import create_app

app = create_app(config.load())

gc.freeze()  # what was loaded by now lives as long as the process: the collector needn't look at it again
gc.set_threshold(10_000, 20, 20)  # requests leave little behind; looking after every 700 objects costs a tenth of them
