"""What changed since somebody asked."""

from __future__ import annotations

import threading

from cloudbase_ocr.core.changes import Changes


def test_each_key_is_given_once_and_none_before_somebody_asked() -> None:
    changes: Changes[int] = Changes()
    changes.note(1)
    assert changes.take() == set()
    changes.note(2, 3)
    changes.note(3)
    changes.note()
    assert changes.take() == {2, 3}
    assert changes.take() == set()


def test_nothing_is_lost_between_threads() -> None:
    changes: Changes[int] = Changes()
    found = changes.take()

    def write(first: int) -> None:
        for number in range(2000):
            changes.note(first + number)

    writers = [threading.Thread(target=write, args=(first,)) for first in range(0, 8000, 2000)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        found |= changes.take()
    for writer in writers:
        writer.join()
    assert found | changes.take() == set(range(8000))
