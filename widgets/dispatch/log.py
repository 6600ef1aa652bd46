"""The messages as a table, newest first; what is wrong stands out by its word and mark. Console side."""

from widgets.dispatch.words import about_word, outcome, state_word
from widgets.rowtable import Column, Row, RowTable
from widgets.theme import ThemeHolder
from widgets.vocabulary import local_time
from widgets.words import tr


def dispatch_log(themes: ThemeHolder) -> RowTable:
    def color(row: Row) -> str | None:
        return themes.theme.bad if row["state"] == "gave_up" else None

    return RowTable(
        (
            Column(tr("时间"), 150, lambda row: local_time(row["created_at"], date=True)),
            Column(tr("事由"), 70, about_word),
            Column(
                tr("内容"), 400, lambda row: " ".join(row["title"].split()), stretch=True,
                tip=lambda row: row.get("text") or row["title"],
            ),
            Column(tr("通知谁"), 120, lambda row: row["person"], tip=lambda row: f"{row['person']} {row['address']}"),
            Column(tr("通道"), 130, lambda row: row["outlet"]),
            Column(tr("状态"), 90, lambda row: state_word(row["state"]), color=color),
            Column(tr("结果"), 300, outcome, stretch=True, tip=outcome, color=color),
        ),
        key="id",
    )  # fmt: skip
