"""Grades that the platform answered, the queries that asked, and the platform's events about them."""
