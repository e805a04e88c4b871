"""The merchants' notify_urls: the only place from which anything is sent to an address that somebody else chose."""
