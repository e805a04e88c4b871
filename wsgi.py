"""The WSGI application, e.g. `granian --interface wsgi wsgi:app`."""

import config
from app.factory import create_app

app = create_app(config.load())
