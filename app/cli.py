"""The doors: `hazwatch demo|plant|station|console|...`. Each door is one module with `add(parser)` and `run(args) -> int`."""

import sys


def main() -> int:
    print("not yet", file=sys.stderr)
    return 2
