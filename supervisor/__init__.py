"""Owns a development or test run: the embedded servers, the processes of the Procfile, and the end of all of
them.
"""
