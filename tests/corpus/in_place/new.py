"""Cleaning records in place."""


def normalize(record: dict[str, str]) -> None:
    """Trim and lower every value of the record itself; nothing is returned.

    >>> record = {"mail": " Ana@Example.org "}
    >>> normalize(record)
    >>> record
    {'mail': 'ana@example.org'}
    """
    record.update({key: value.strip().lower() for key, value in record.items()})
