"""What a request costs, as CPU time and as a ratio to a bare floor that was measured in the same run."""
