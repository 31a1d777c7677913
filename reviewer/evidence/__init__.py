"""Cases, and what running them showed."""
