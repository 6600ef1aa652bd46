"""The trend page: what is asked of history, what is drawn, what the legend and the cursor say."""

from time import time

import numpy as np
import pytest

from app.domain.instant import SECOND
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Limits, Tag
from widgets.theme import ThemeHolder
from widgets.trend.legend import AT, NOW
from widgets.trend.page import TrendPage
from widgets.trend.penset import MOST_PENS

TAGS = {
    f"T{n}": Tag(f"T{n}", f"{n}号罐液位", unit="%", range_low=0.0, range_high=100.0, limits=Limits(5.0, 15.0, 85.0, 90.0))
    for n in range(20)
}


@pytest.fixture
def page(qtbot):
    made = TrendPage(ThemeHolder())
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show_site(TAGS)
    made.show()
    return made


def sample(tag: str, t: float, value: float | None, quality: Quality = Quality.GOOD) -> Sample:
    reason = Reason.NONE if quality is Quality.GOOD else Reason.COMM_LOST
    at = round(t * SECOND)
    return Sample(tag, value, quality, reason, at, at)


def drawn(page, place: int = 0):
    """Times and values that the chart draws of one pen."""
    return page.pens[place].points(page.plot.t0, page.plot.end, 1500, time())


def test_history_is_asked_for_what_is_not_known(page, qtbot) -> None:
    with qtbot.waitSignal(page.history_wanted) as asked:
        page.add_tag("T1")
    tags, start, end, points = asked.args
    assert tags == ["T1"] and start < time() - 600 and end <= time() and points >= 1500


def test_history_is_not_asked_again_for_what_it_answered(page, qtbot) -> None:
    with qtbot.waitSignal(page.history_wanted) as asked:
        page.add_tag("T1")
    _, start, end, points = asked.args
    end += 600  # however long this takes
    t = list(np.linspace(start, end, points))
    page.put_history("T1", start, end, t, [1.0] * points, [2.0] * points)
    with qtbot.assertNotEmitted(page.history_wanted, wait=400):
        page._moved(page.plot.t0, page.plot.end)


def test_history_and_live_are_one_curve(page) -> None:
    page.set_tags(["T1"])
    now = time()
    page.put_history("T1", now - 300, now - 100, [now - 300, now - 200], [10.0, None], [20.0, None])
    page.put_values({"T1": sample("T1", now - 50, 30.0)})
    page.plot.redraw()
    x, y = drawn(page)
    assert x[0] == pytest.approx(now - 300) and np.isnan(y).any()
    assert list(y[np.isfinite(y)][:3]) == pytest.approx([10.0, 20.0, 30.0])


def test_a_bad_value_breaks_the_curve_and_is_bracketed(page) -> None:
    page.set_tags(["T1"])
    now = time()
    page.put_values({"T1": sample("T1", now - 20, 30.0)})
    page.put_values({"T1": sample("T1", now - 10, 30.0, Quality.BAD)})
    page.plot.redraw()
    page._refresh_legend()
    x, _ = drawn(page)
    assert x[-1] == pytest.approx(now - 20)
    assert page.legend.item(0, NOW).text() == "〔30.0〕数据源中断"


def test_a_good_value_holds_until_now_only_while_the_feed_lives(page) -> None:
    page.set_tags(["T1"])
    page.put_values({"T1": sample("T1", time() - 20, 30.0)})
    page.plot.redraw()
    assert drawn(page)[0][-1] == pytest.approx(time(), abs=1)
    page.feed_lost()
    assert drawn(page)[0][-1] < time() - 15


def test_cursor_reads_the_value_then(page) -> None:
    page.set_tags(["T1"])
    now = time()
    for age, value in ((60, 10.0), (40, 20.0)):
        page.put_values({"T1": sample("T1", now - age, value)})
    for at, text in ((now - 50, "10.0"), (now - 30, "20.0"), (now - 90, "无数据")):
        page.plot.hover = at
        page._refresh_legend()
        assert page.legend.item(0, AT).text() == text


def test_no_more_pens_than_can_be_told_apart(page) -> None:
    assert [page.add_tag(tag) for tag in TAGS] == [True] * MOST_PENS + [False] * (len(TAGS) - MOST_PENS)
    assert not page.add_tag("unknown")


def test_dragging_leaves_live_and_the_button_returns(page) -> None:
    page.set_tags(["T1"])
    page.plot.pan_to(time() - 5000, time() - 4000)
    assert not page.plot.live and not page.bar.live_button.isChecked()
    page.bar.live_button.click()
    assert page.plot.live and page.plot.end > time() - 5


def test_limits_of_the_chosen_pen_are_bands(page) -> None:
    page.set_tags(["T1", "T2"])
    page.legend.setCurrentCell(1, 0)
    assert page.plot.chosen == 1 and page.plot.frame.strips[0].lane.axis.places == (1,)


def test_an_empty_chart_says_what_to_do(page) -> None:
    page.set_tags([])
    assert page._stack.currentWidget() is page._empty and "添加" in page._empty.text()


def test_a_new_point_table_keeps_the_pens_that_still_exist(page) -> None:
    page.set_tags(["T1", "T2"])
    page.show_site({"T2": TAGS["T2"]})
    assert page.tags == ["T2"]
