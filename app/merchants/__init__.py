"""Merchants and public bodies: enrolling, stores, keys, pairwise openids."""
