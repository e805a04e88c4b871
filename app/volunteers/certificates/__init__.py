"""Certificates of service: issued from records, printed with a seal, checked by anybody."""
