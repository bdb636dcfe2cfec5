"""The networks as OpenVINO runs them: compiled, fed with pictures, and sparing with memory.

What they give is the caller's own: it does not change when the network runs again.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

    from cloudbase_ocr.recognizer.image.geometry import Picture

    Output = NDArray[np.float32]
    Outputs = tuple[Output, ...]

Item = TypeVar("Item")
# So many sizes stay compiled, each with its own copy of the weights in 33 MB; compiling one takes 0.15 s. Only the one
# that runs keeps the 90 bytes a pixel that running takes; taking them anew costs 35 ms. With this, and with all of them
# given up before a large picture is decoded, nine pictures of five sizes took 640 MB at most; without the latter 716,
# without either 783. One compiled size that gives up nothing took 668, and compiled for each other size.
KEPT = 2


class Tensor(Protocol):
    """A network's memory for what it gives."""

    @property
    def data(self) -> Output:
        """A view, which the next run writes over."""


class Request(Protocol):
    """One run of a network at a time."""

    def infer(self, inputs: list[Picture]) -> object:
        """Run it."""

    def start_async(self, inputs: list[Picture]) -> None:
        """Let it run."""

    def wait(self) -> None:
        """Wait until it has run."""

    def get_output_tensor(self, index: int) -> Tensor:
        """One of its outputs."""

    @property
    def output_tensors(self) -> Sequence[Tensor]:
        """All of its outputs."""


class Compiled(Protocol):
    """A network that can run."""

    def create_infer_request(self) -> Request:
        """Make a place to run it in."""

    def release_memory(self) -> None:
        """Give up what running took."""


class Core(Protocol):
    """OpenVINO's entry: reads and compiles networks. Models and the graph that they are stay untyped."""

    def read_model(self, path: Path) -> Any:
        """Read a network from a file."""

    def compile_model(self, model: Any, device: str, config: dict[str, Any]) -> Compiled:
        """Compile a network."""


class OneAtATime:
    """A network for pictures of few sizes, one at a time, on all threads. It is compiled for each size on its own.

    Compiled for any size, it would hold 100 MB more, and more with every size that it meets.
    """

    def __init__(self, runtime: ModuleType, core: Core, model: Any, config: dict[str, Any]) -> None:
        """Keep the model; it is compiled for a size by the first picture of that size."""
        self._runtime, self._core, self._model, self._config = runtime, core, model, config
        self._compiled: OrderedDict[tuple[int, ...], tuple[Compiled, Request]] = OrderedDict()

    def __call__(self, picture: Picture) -> Output:
        """Run it on a picture of shape (1, height, width, 3)."""
        request = self._request(picture.shape[1:3])
        request.infer([picture])
        return np.array(request.get_output_tensor(0).data)

    def release_memory(self) -> None:
        """Give up the memory that is needed only while it runs."""
        for compiled, _ in self._compiled.values():
            compiled.release_memory()

    def _request(self, size: tuple[int, ...]) -> Request:
        if size != next(reversed(self._compiled), None):
            self.release_memory()
            if size not in self._compiled:
                while len(self._compiled) >= KEPT:
                    self._compiled.popitem(last=False)
                self._compiled[size] = self._for_size(size)
            self._compiled.move_to_end(size)
        return self._compiled[size][1]

    def _for_size(self, size: tuple[int, ...]) -> tuple[Compiled, Request]:
        model = self._model.clone()
        model.reshape([1, 3, *size])
        compiled = self._core.compile_model(prepared(self._runtime, model), "CPU", self._config)
        return compiled, compiled.create_infer_request()


class SideBySide:
    """A network for as many pictures at a time as there are threads: a small one on one thread wastes no waiting.

    Measured on two cores: 22 ms of processor time for a line of 320 pixels, against 31 ms on both together.
    """

    def __init__(self, runtime: ModuleType, core: Core, model: Any, config: dict[str, Any]) -> None:
        """Compile it for pictures of any width."""
        streams = int(config["INFERENCE_NUM_THREADS"])
        self._compiled = core.compile_model(
            prepared(runtime, model), "CPU", config | {"NUM_STREAMS": streams}
        )
        self._requests = [self._compiled.create_infer_request() for _ in range(streams)]

    def __call__(self, pictures: Iterable[tuple[Item, Picture]]) -> Iterator[tuple[Item, Outputs]]:
        """Run it on each picture, and give its outputs with whatever came with the picture, in the same order."""
        running: deque[tuple[Item, Request]] = deque()
        free = list(self._requests)
        try:
            for item, picture in pictures:
                if not free:
                    yield _ended(running, free)
                request = free.pop()
                request.start_async([picture])
                running.append((item, request))
            while running:
                yield _ended(running, free)
        finally:
            for _, request in running:
                request.wait()

    def release_memory(self) -> None:
        """Give up the memory that is needed only while it runs."""
        self._compiled.release_memory()


def _ended(running: deque[tuple[Item, Request]], free: list[Request]) -> tuple[Item, Outputs]:
    """Wait for the request that was started first, take what it gave, and let it be used again."""
    item, request = running.popleft()
    request.wait()
    outputs = _copied(request)
    free.append(request)
    return item, outputs


def _copied(request: Request) -> Outputs:
    return tuple(np.array(tensor.data) for tensor in request.output_tensors)


class AtNeed:
    """A network for single pictures of any width, loaded by the first one: sharp photos never need it."""

    def __init__(
        self, runtime: ModuleType, core: Core, model: Callable[[], Any], config: dict[str, Any]
    ) -> None:
        """Keep how the model is made; nothing is loaded yet."""
        self._runtime, self._core, self._model, self._config = runtime, core, model, config
        self._compiled: Compiled | None = None
        self._request: Request | None = None

    def __call__(self, picture: Picture) -> Outputs:
        """Run it on one picture."""
        if self._request is None:
            model = prepared(self._runtime, self._model())
            # It is asked seldom and for any width: what it would keep for each of them is not worth the memory.
            config = self._config | {"CPU_RUNTIME_CACHE_CAPACITY": "0"}
            self._compiled = self._core.compile_model(model, "CPU", config)
            self._request = self._compiled.create_infer_request()
        self._request.infer([picture])
        return _copied(self._request)

    def release_memory(self) -> None:
        """Give up the memory that is needed only while it runs."""
        if self._compiled is not None:
            self._compiled.release_memory()


def prepared(runtime: ModuleType, model: Any) -> Any:
    """The network with an input of uint8 pictures in (1, height, width, 3), which it normalises itself."""
    steps = runtime.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(runtime.Type.u8).set_layout(runtime.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(runtime.Type.f32).mean(127.5).scale(127.5)
    steps.input().model().set_layout(runtime.Layout("NCHW"))
    return steps.build()
