"""Where models are asked; one module per provider."""
