"""Accepted tests -> pytest source."""
