"""Report -> text, one module per format."""
