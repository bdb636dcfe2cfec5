"""What runs in a worker process: reads pictures from its standard input, answers on its standard output.

It ends as soon as its input ends, so it never outlives the emulator, not even one that was killed.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from cloudbase_ocr.recognizer.ocr.chosen_weights import weights_in
from cloudbase_ocr.recognizer.serving.in_process import Recognizer
from cloudbase_ocr.recognizer.serving.memory import resident
from cloudbase_ocr.recognizer.serving.protocol import own_pipes, packed, packed_error, receive, send

OUT_OF_MEMORY = 86
"""The exit code of a worker that took more memory than it may."""

_LOOK_SECONDS = 0.05


def main() -> None:
    """Load the engine, say so, and answer pictures until the input ends."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the emulator, which ends its workers in order
    pipe_in, pipe_out = own_pipes()
    begun = receive(pipe_in)
    if begun is None:
        return
    settings = begun[0]
    if settings["memory"] is not None:
        threading.Thread(target=_watch_memory, args=(settings["memory"],), daemon=True).start()
    pictures: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe_in, pictures), daemon=True).start()
    try:
        _work(settings, pictures, pipe_out)
    except OSError:  # nobody listens any more
        os._exit(0)


def _listen(pipe: IO[bytes], pictures: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Take pictures as they come, also while one is read; end the process, whatever it does, when the input ends."""
    while (message := receive(pipe)) is not None:
        pictures.put(message)
    os._exit(0)


def _work(
    settings: dict[str, Any], pictures: queue.SimpleQueue[tuple[dict[str, Any], bytes]], pipe: IO[bytes]
) -> None:
    recognizer = Recognizer(
        settings["threads"],
        settings["max_pixels"],
        limit=settings["limit"],
        weights=None if settings["weights"] is None else weights_in(Path(settings["weights"])),
        tell=lambda stage: send(pipe, {"stage": stage}),
    )
    try:
        recognizer.warm()
    except Exception as error:  # whatever keeps the engine from loading, the emulator is told
        send(pipe, {"failed": packed_error(error)})
        return
    _limit_opencv(settings["threads"])
    send(pipe, {"ready": True})
    while True:
        asked, image = pictures.get()
        try:
            told = recognizer.explain(asked["key"], image, identify=asked["identify"])
        except Exception as error:  # one picture's failure is no reason to end
            send(pipe, {"failed": packed_error(error)})
        else:
            send(pipe, {"done": packed(told)})


def _limit_opencv(threads: int) -> None:
    """Let OpenCV take no more threads than the engine: by default it takes one for each core, in each worker."""
    import cv2  # here, because it is there only where the engine is

    cv2.setNumThreads(threads)


def _watch_memory(megabytes: int) -> None:
    """End the process when it takes more memory than it may. Windows does not tell, so there is no limit there."""
    while _resident() <= megabytes * 1024 * 1024:
        time.sleep(_LOOK_SECONDS)
    os._exit(OUT_OF_MEMORY)


def _resident() -> int:
    """Return this process's memory in bytes; where only the most that it ever took is known (macOS), that."""
    found = resident(os.getpid())
    if found:
        return found
    with suppress(ImportError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 0


if __name__ == "__main__":
    main()
