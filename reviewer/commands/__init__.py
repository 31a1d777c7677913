"""One module per command, a function of the same name."""
