"""`make bench`: every measurement, or those named: python -m benchmarks [speed] [hooks] [corpus] [generation]."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from benchmarks import corpus, generation, hooks, speed
from benchmarks.table import Table

MEASURES: dict[str, Callable[[], Iterable[Table]]] = {
    "speed": speed.measure,
    "hooks": hooks.measure,
    "corpus": corpus.measure,
    "generation": generation.measure,
}


def main(names: list[str]) -> int:
    """Print the tables, each as soon as it is there."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        sys.stderr.write(f"benchmarks: {unknown[0]}: choose from {', '.join(MEASURES)}\n")
        return 2
    for name in names or MEASURES:
        for table in MEASURES[name]():
            sys.stdout.write(table.text() + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
