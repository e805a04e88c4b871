"""The audit trail: what was looked at and done, chained so that tampering shows, and seen by the citizen."""
