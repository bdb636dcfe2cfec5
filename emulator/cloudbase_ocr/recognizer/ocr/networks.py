"""The networks as OpenVINO runs them: compiled, fed with pictures, and sparing with memory."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture

# So many sizes stay compiled, each with its own copy of the weights in 33 MB; compiling one takes 0.15 s.
KEPT = 2
# Of these, sizes of so many pixels together keep the 90 bytes a pixel that running takes: a card that lies on its side
# is looked at in both directions, and taking them anew costs 35 ms each time.
AWAKE = 1_500_000


class OneAtATime:
    """A network for pictures of few sizes, one at a time, on all threads. It is compiled for each size on its own.

    Compiled for any size, it would hold 100 MB more, and more with every size that it meets.
    """

    def __init__(self, runtime: Any, core: Any, model: Any, config: dict[str, Any]) -> None:
        """Keep the model; it is compiled for a size by the first picture of that size."""
        self._runtime, self._core, self._model, self._config = runtime, core, model, config
        self._compiled: OrderedDict[tuple[int, ...], tuple[Any, Any]] = OrderedDict()

    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        """Run it on a picture of shape (1, height, width, 3).

        The result is a view of the network's own memory; its users take what they need before the next call.
        """
        request = self._request(picture.shape[1:3])
        request.infer([picture])
        output: NDArray[np.float32] = request.get_output_tensor(0).data
        return output

    def rest(self) -> None:
        """Give up the memory that is needed only while it runs."""
        self._let_rest(())

    def _request(self, size: tuple[int, ...]) -> Any:
        if size != next(reversed(self._compiled), None):
            self._let_rest(size)
            if size not in self._compiled:
                while len(self._compiled) >= KEPT:
                    self._compiled.popitem(last=False)
                self._compiled[size] = self._for_size(size)
            self._compiled.move_to_end(size)
        return self._compiled[size][1]

    def _let_rest(self, size: tuple[int, ...]) -> None:
        """Let go of what running took, but for this size and those that were used last, as far as there is room."""
        room = AWAKE - math.prod(size) if size else 0
        for other, (compiled, _) in reversed(self._compiled.items()):
            if other != size:
                room -= math.prod(other)
                if room < 0:
                    compiled.release_memory()

    def _for_size(self, size: tuple[int, ...]) -> tuple[Any, Any]:
        model = self._model.clone()
        model.reshape([1, 3, *size])
        compiled = self._core.compile_model(prepared(self._runtime, model), "CPU", self._config)
        return compiled, compiled.create_infer_request()


class SideBySide:
    """A network for as many pictures at a time as there are threads: a small one on one thread wastes no waiting.

    Measured on two cores: 22 ms of processor time for a line of 320 pixels, against 31 ms on both together.
    """

    def __init__(self, runtime: Any, core: Any, model: Any, config: dict[str, Any]) -> None:
        """Compile it for pictures of any width."""
        streams = int(config["INFERENCE_NUM_THREADS"])
        self._compiled = core.compile_model(
            prepared(runtime, model), "CPU", config | {"NUM_STREAMS": streams}
        )
        self._requests = [self._compiled.create_infer_request() for _ in range(streams)]

    def __call__(self, pictures: Iterable[Picture]) -> Iterator[NDArray[np.float32]]:
        """Run it on each; results come in the same order, and each is used before the next is asked for."""
        waiting: deque[Any] = deque()
        free = list(self._requests)
        try:
            for picture in pictures:
                if not free:
                    done = waiting.popleft()
                    done.wait()
                    yield done.get_output_tensor(0).data
                    free.append(done)
                request = free.pop()
                request.start_async([picture])
                waiting.append(request)
            while waiting:
                done = waiting.popleft()
                done.wait()
                yield done.get_output_tensor(0).data
        finally:
            for request in waiting:
                request.wait()

    def rest(self) -> None:
        """Give up the memory that is needed only while it runs."""
        self._compiled.release_memory()


class AtNeed:
    """A network for single pictures of any width, loaded by the first one: sharp photos never need it."""

    def __init__(self, runtime: Any, core: Any, model: Callable[[], Any], config: dict[str, Any]) -> None:
        """Keep how the model is made; nothing is loaded yet."""
        self._runtime, self._core, self._model, self._config = runtime, core, model, config
        self._compiled: Any = None
        self._request: Any = None

    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        """Run it on one picture; the result is a view, good until the next call."""
        if self._request is None:
            model = prepared(self._runtime, self._model())
            # It is asked seldom and for any width: what it would keep for each of them is not worth the memory.
            config = self._config | {"CPU_RUNTIME_CACHE_CAPACITY": "0"}
            self._compiled = self._core.compile_model(model, "CPU", config)
            self._request = self._compiled.create_infer_request()
        self._request.infer([picture])
        output: NDArray[np.float32] = self._request.get_output_tensor(0).data
        return output

    def rest(self) -> None:
        """Give up the memory that is needed only while it runs."""
        if self._compiled is not None:
            self._compiled.release_memory()


def prepared(runtime: Any, model: Any) -> Any:
    """The network with an input of uint8 pictures in (1, height, width, 3), which it normalises itself."""
    steps = runtime.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(runtime.Type.u8).set_layout(runtime.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(runtime.Type.f32).mean(127.5).scale(127.5)
    steps.input().model().set_layout(runtime.Layout("NCHW"))
    return steps.build()
