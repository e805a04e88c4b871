"""The public's pages: scenarios, commitments, lists, statistics, checking a certificate. No log-in."""
