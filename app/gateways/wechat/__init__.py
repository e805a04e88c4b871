"""Owns the calls to WeChat's mini-program servers and the one access token that all processes share."""
