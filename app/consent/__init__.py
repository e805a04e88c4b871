"""Consents: granting, withdrawing, checking, and telling the platform of them."""
