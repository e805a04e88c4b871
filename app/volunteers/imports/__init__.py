"""Spreadsheets on their way into the register: read within bounds, previewed, carried, undone."""
