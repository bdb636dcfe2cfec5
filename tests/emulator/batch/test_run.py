"""Work side by side gives results in order; the bar tells how far it is."""

from __future__ import annotations

import io
import threading

from cloudbase_ocr.batch.progress import Progress
from cloudbase_ocr.batch.run import in_order

PATIENCE = 10


def test_results_come_in_order_although_the_first_takes_longest() -> None:
    done = threading.Semaphore(0)

    def work(number: int) -> int:
        if number == 0:
            assert all(done.acquire(timeout=PATIENCE) for _ in range(4))
        done.release()
        return number * number

    assert list(in_order(work, range(5), 2)) == [(number, number * number) for number in range(5)]


def test_a_result_is_given_while_others_are_still_read() -> None:
    last = threading.Event()

    def work(number: int) -> None:
        assert number < 40 or last.wait(PATIENCE)

    results = in_order(work, range(41), 2)
    first, _ = next(results)
    last.set()
    assert [first, *(number for number, _ in results)] == list(range(41))


def test_only_so_much_is_begun_ahead_and_nothing_after_the_end() -> None:
    begun: list[int] = []
    results = in_order(begun.append, iter(range(10_000)), 1)
    for _ in range(3):
        next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(begun) <= 20


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_tells_how_many_are_done_and_how_long_it_will_take() -> None:
    now = [0.0]
    terminal = Terminal()
    progress = Progress(4, terminal, lambda: now[0])
    for _ in range(2):
        now[0] += 30
        progress.advance()
    assert terminal.getvalue().split("\r")[-1] == "[############............] 2/4, about 1:00 left"
    progress.clear()
    assert terminal.getvalue().endswith(" \r")
    progress.advance()
    progress.advance()
    assert terminal.getvalue().rstrip().endswith("[########################] 4/4")


def test_nothing_is_shown_where_no_terminal_is() -> None:
    pipe = io.StringIO()
    progress = Progress(2, pipe)
    progress.advance()
    progress.clear()
    assert pipe.getvalue() == ""
