"""Does something with many items on several threads, and gives the results in order or as they come."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 16


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int, *, ordered: bool = True
) -> Iterator[tuple[Item, Result]]:
    """Give each item with what `work` returned for it, as soon as it and all before it are done.

    Not `ordered`: as soon as it is done, whatever came before it.
    At most 16 items for each thread are under way or wait to be given, so that memory does not grow with their number.
    When the caller stops, what has not begun is not begun.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="picture")
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) >= _AHEAD * threads:
                yield _done(waiting, ordered=ordered)
        while waiting:
            yield _done(waiting, ordered=ordered)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _done(waiting: deque[tuple[Item, Future[Result]]], *, ordered: bool) -> tuple[Item, Result]:
    if not ordered:
        done = wait([future for _, future in waiting], return_when=FIRST_COMPLETED).done
        waiting.rotate(-next(place for place, (_, future) in enumerate(waiting) if future in done))
    item, future = waiting.popleft()
    return item, future.result()
