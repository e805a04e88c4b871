"""Tests of app/benefits."""
