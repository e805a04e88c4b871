"""Offers, deciding, claiming, presenting, redeeming, orders, applications, usages."""
