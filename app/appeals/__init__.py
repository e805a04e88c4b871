"""Appeals: a citizen says that something is wrong; working-day clocks run until it is settled."""
