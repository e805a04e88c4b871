"""Control calls for people and tests: plain JSON, unsigned, on the loopback address only."""
