"""Tokens for password resets."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def token(length: int = 16) -> str:
    """Return random letters and digits: ``len(token(8)) == 8``."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
