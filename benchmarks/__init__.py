"""Measurements of the installed `reviewer`: each module builds its own input, runs the program and returns tables."""
