"""The clerk's scan page, with and without a browser, with and without network."""
