"""What knows no citizen: transactions, errors, HTTP habits, clock, sealing, jobs, logs, metrics."""
