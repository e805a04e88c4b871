"""Where the value of benefits is."""
