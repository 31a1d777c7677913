"""Layers of configuration."""


def merge_settings(base: dict, override: dict) -> dict:
    """Return a new dictionary: `base`, with what `override` says on top, section by section.

    >>> merge_settings({"log": {"level": "info", "color": True}}, {"log": {"level": "debug"}})
    {'log': {'level': 'debug', 'color': True}}
    """
    merged = dict(base)
    for key, value in override.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge_settings(merged[key], value)
        else:
            merged[key] = value
    return merged
