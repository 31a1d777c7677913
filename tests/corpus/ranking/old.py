"""High scores."""


def ranking(scores: dict[str, int], places: int = 3) -> list[str]:
    """Return the names with the highest scores; who scored first comes first among equals.

    >>> ranking({"kim": 7, "lee": 9, "ana": 8}, 2)
    ['lee', 'ana']
    """
    return sorted(scores, key=lambda name: -scores[name])[:places]
