"""Promises proven under load and harm: small in `make test`, in full by `make proof-quota` and `make proof-bytes`."""
