"""Card numbers on invoices."""
