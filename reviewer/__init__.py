"""A local code reviewer that does not believe its model."""

__version__ = "0.1.0"
