"""The trend page: what is asked of history, what is drawn, what the legend and the cursor say."""

from time import time

import numpy as np
import pytest

from app.domain.instant import SECOND
from app.domain.sample import Quality, Reason, Sample
from app.domain.tag import Limits, Tag
from widgets.theme import ThemeHolder
from widgets.trend.frame import By
from widgets.trend.groups import Group
from widgets.trend.legend import AT, HIGH, NOW
from widgets.trend.overlay import said_dates
from widgets.trend.page import TrendPage
from widgets.trend.paper import title_of
from widgets.trend.penset import MOST_PENS

TAGS = {
    f"T{n}": Tag(f"T{n}", f"{n}号罐液位", unit="%", range_low=0.0, range_high=100.0, limits=Limits(5.0, 15.0, 85.0, 90.0))
    for n in range(20)
}
DAY = 86400.0


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
    with qtbot.waitSignal(page.asker.history_wanted) as asked:
        page.add_tag("T1")
    tags, start, end, points = asked.args
    assert tags == ["T1"] and start < time() - 600 and end <= time() and points >= 1500


def test_history_is_not_asked_again_for_what_it_answered(page, qtbot) -> None:
    with qtbot.waitSignal(page.asker.history_wanted) as asked:
        page.add_tag("T1")
    _, start, end, points = asked.args
    end += 600  # however long this takes
    t = list(np.linspace(start, end, points))
    page.put_history("T1", start, end, t, [1.0] * points, [2.0] * points)
    with qtbot.assertNotEmitted(page.asker.history_wanted, wait=400):
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


def answer(
    page, tag: str, start: float, end: float, slots: int, low: float = 1.0, high: float = 2.0, ghost: bool = False
) -> None:
    t = list(np.linspace(start, end, slots, endpoint=False))
    page.put_history(tag, start, end, t, [low] * slots, [high] * slots, ["good"] * slots, ghost, slots)


def test_what_is_not_exact_is_a_band_that_says_so(page) -> None:
    page.set_tags(["T1"])
    end = time() - 10 * DAY
    page.plot.show_span(end - 3600, end)
    plot = page.plot
    assert plot.rough.unknown == ((end - 3600, end),) and not plot.rough.coarse, "nothing is known: no gap in the data"
    answer(page, "T1", end - 100 * DAY, end + DAY, 3000)
    assert plot.rough.coarse == ((end - 3600, end),) and not plot.rough.unknown and "正在读取" in plot.rough.text
    x, _ = page.pens[0].points(plot.t0, plot.end, 1500, time(), plot.fine_s)
    [(edges, low, high)] = page.pens[0].bands(plot.t0, plot.end, plot.fine_s)
    assert len(x) == 0 and edges[0] == end - 3600 and edges[-1] == end and (low[0], high[0]) == (1.0, 2.0)
    page._refresh_legend()
    assert page.legend.item(0, HIGH).text() == "≈ 2.0"
    answer(page, "T1", end - 7200, end + 3600, 3000, 1.2, 1.8)
    page._refresh_legend()
    assert not plot.rough and page.legend.item(0, HIGH).text() == "1.8"
    assert len(page.pens[0].points(plot.t0, plot.end, 1500, time(), plot.fine_s)[0]) > 1000


def test_what_lies_around_is_asked_for_once_the_view_is_known(page, qtbot) -> None:
    page.set_tags(["T1"])
    end = time() - 10 * DAY
    page.plot.show_span(end - 3600, end)
    widths = []
    for _ in range(3):
        wanted = page.asker.history_wanted if not widths else page.asker.context_wanted
        with qtbot.waitSignal(wanted, timeout=20_000) as asked:
            page.asker.now()
        [tags, start, to, points] = asked.args
        widths.append(to - start)
        answer(page, "T1", start, to, points)
    assert tags == ["T1"] and widths[0] < widths[1] < widths[2] and widths[2] > 300 * DAY
    with qtbot.assertNotEmitted(page.asker.history_wanted), qtbot.assertNotEmitted(page.asker.context_wanted):
        page.asker.now()
    page.plot.show_span(end - 2 * 3600, end - 3600)
    assert not page.plot.rough.unknown, "the neighbourhood is drawn before anything more is asked"
    page.plot.show_span(end - 80 * DAY, end - 79.9 * DAY)
    assert not page.plot.rough.unknown


def test_a_question_that_failed_is_said_in_the_chart_and_asked_again_later(page, qtbot, monkeypatch) -> None:
    page.set_tags(["T1"])
    end = time() - 10 * DAY
    page.plot.show_span(end - 3600, end)
    page.asker.not_answered()
    page.asker._failed_at += 3600  # however slow the machine is
    assert "没有取到" in page.plot.rough.text
    with qtbot.assertNotEmitted(page.asker.history_wanted):
        page.asker.now()
    page.asker._failed_at -= 3660
    with qtbot.waitSignal(page.asker.history_wanted):
        page.asker.now()
    answer(page, "T1", end - 7200, end + 3600, 3000)
    assert not page.plot.rough and not page.asker.failed


def test_a_silent_source_whose_clock_was_set_back_does_not_show_its_last_value_as_live(page) -> None:
    page.set_tags(["T1"])
    now = time()
    page.put_values({"T1": sample("T1", now - 20, 30.0)})
    page.put_values({"T1": sample("T1", now - 3600, 70.0)})
    assert page.pens[0].value_at(now) == (70.0, 70.0)


def test_roll_ups_alone_are_the_finest_there_is(page) -> None:
    """Samples that were purged: fewer slots come than were asked for, and asking again would bring no more."""
    page.set_tags(["T1"])
    end = time() - 10 * DAY
    page.plot.show_span(end - 3600, end)
    t = list(np.arange(end - 7200, end + 3600, 60.0))
    page.put_history("T1", end - 7200, end + 3600, t, [1.0] * len(t), [2.0] * len(t), ["good"] * len(t), asked=3000)
    assert not page.plot.rough


@pytest.mark.parametrize("span", [(-1e12, 5.0), (0.0, 0.0), (5e11, 6e11), (1e9, 1e9 - 500), (1e9, 1e9 + 1e-6), (0.0, 1e12)])
def test_nonsense_spans_become_spans_of_a_plant(page, span) -> None:
    page.set_tags(["T1"])
    page.plot.show_span(*span)
    page.plot.pan_to(*span)
    page.grab()
    assert 10.0 <= page.plot.span <= 1100 * DAY and 0.0 <= page.plot.t0 < page.plot.end <= 4_102_444_800.0
    page.asker.now()


def test_a_group_names_the_tags_that_are_gone(page) -> None:
    page.show_group(Group("老的", ("T1", "拆掉了", "T2")))
    assert page.tags == ["T1", "T2"] and "拆掉了" in page.asking.words.text() and not page.asking.button.isVisible()
    page.show_site({"T1": TAGS["T1"]})
    assert page.tags == ["T1"] and "T2" in page.asking.words.text()
    page.show_site(TAGS)
    page.set_tags(list(TAGS) + [f"X{n}" for n in range(40)])
    assert len(page.tags) == MOST_PENS and "X0" in page.asking.words.text()
    page.set_tags(TAGS)
    assert str(len(TAGS) - MOST_PENS) in page.asking.words.text()


def test_twelve_axes_and_bad_data_are_drawn_in_both_layouts(page) -> None:
    tags = {f"U{n}": Tag(f"U{n}", unit=f"u{n}") for n in range(12)}
    page.show_site(tags)
    page.set_tags(tags)
    now = time()
    for n, tag in enumerate(tags):
        t = list(np.linspace(now - 600, now, 600, endpoint=False))
        bad = [200 < place < 300 and n == 3 for place in range(600)]
        values = [None if is_bad else float(n) for is_bad in bad]
        page.put_history(tag, now - 600, now, t, values, values, ["bad" if is_bad else "good" for is_bad in bad], asked=600)
    [(start, end, worse)] = page.pens[3].bad(now - 600, now)
    assert worse and end - start == pytest.approx(99, abs=2) and page.pens[3].value_at(now - 350) is None
    for stacked, shown in ((False, 4), (True, 12)):
        page.plot.set_layout(stacked, By.PEN)
        page.grab()
        assert len(page.plot.frame.strips) == shown and len(page.plot.frame.lanes) == 12


def test_the_picture_for_a_file_has_title_span_and_legend(page) -> None:
    page.user = lambda: "王伟"
    page.set_tags(["T1"])
    made = page.picture()
    assert made.height() > page.plot.height() + page.legend.height() and made.width() >= page.plot.width()
    assert title_of(["T1 1号罐液位"]) == "趋势：T1 1号罐液位"
    assert said_dates(0.0, 90_000.0).count("1970") == 2
