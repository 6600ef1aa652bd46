"""Line numbers in TOML text: the parser does not keep them, and a fault without a row helps nobody. Both sides, pure."""

import re


class Places:
    """Where a table and its keys stand; `index` counts tables of one name from 0."""

    def __init__(self, text: str) -> None:
        self.at: dict[tuple[str, int, str], int] = {}
        table, counts = "", dict[str, int]()
        for number, line in enumerate(text.splitlines(), start=1):
            header = re.match(r"""\s*(\[\[?)\s*((?:[\w.-]|"[^"]*"|'[^']*')+)\s*\]\]?""", line)
            key = re.match(r"""\s*["']?([\w-]+)["']?\s*=""", line)
            if header:
                table = re.sub("[\"']", "", header[2])
                counts[table] = counts.get(table, -1) + 1
                self.at.setdefault((table, counts[table], ""), number)
            elif key:
                self.at.setdefault((table, counts.get(table, 0), key[1]), number)

    def row(self, table: str, index: int, key: str) -> int:
        """Of a table written inside its parent (`tank = [{…}]`) the row of the parent's key."""
        found = self.at.get((table, index, key)) or self.at.get((table, index, ""))
        if found is None and "." in table:
            parent, _, name = table.rpartition(".")
            return self.row(parent, 0, name)
        return found or 1
