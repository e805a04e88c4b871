"""The two-sided ledger of what benefits are worth: pool to citizen to merchant, then settled or returned."""
