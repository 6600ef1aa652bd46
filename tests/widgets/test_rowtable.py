"""A table of rows: what was chosen stays chosen, whatever comes above or below it."""

from pytestqt.qtbot import QtBot

from widgets.rowtable import Column, RowTable


def shown(numbers: list[int]) -> list[dict[str, object]]:
    return [{"id": number, "word": f"第 {number} 行"} for number in numbers]


def test_the_chosen_row_stays_chosen_by_its_key(qtbot: QtBot) -> None:
    table = RowTable((Column("行", 200, lambda row: row["word"], tip=lambda row: f"{row['id']}"),), key="id")
    qtbot.addWidget(table)
    heard: list[object] = []
    table.chosen.connect(lambda row: heard.append(row and row["id"]))
    table.put(shown([1, 2, 3]))
    table.selectRow(1)
    table.put(shown([7, 8, 1, 2]))
    assert table.row is not None and table.row["id"] == 2
    table.add(shown([9]))
    assert [row["id"] for row in table.rows] == [7, 8, 1, 2, 9]
    assert heard[-1] == 2
    table.put(shown([3]))
    assert table.row is None and heard[-1] is None
    assert table.model().index(0, 0).data() == "第 3 行"
