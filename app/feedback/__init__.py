"""Usages on their way to the platform: batches, receipts, daily reconciliation."""
