"""What is looked up when the figures are asked for: queue, workers, memory, shared state."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cloudbase_ocr.recognizer.serving.memory import resident

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from cloudbase_ocr.state.emulator import Emulator


class Gauges:
    """A collector of prometheus-client."""

    def __init__(self, emulator: Emulator) -> None:
        """Look at `emulator`."""
        self._emulator = emulator

    def collect(self) -> Iterator[Metric]:
        """Give every figure as it is now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        emulator = self._emulator
        yield GaugeMetricFamily(
            "cloudbase_ocr_bodies_bytes", "Bytes of request bodies in memory.", emulator.bodies.held
        )
        memory = GaugeMetricFamily("cloudbase_ocr_memory_bytes", "Resident memory.", labels=("process",))
        memory.add_metric(("server",), resident(os.getpid()))
        if emulator.recognizer is not None:
            status = emulator.recognizer.status()
            memory.add_metric(("workers",), sum(map(resident, status.pids)))
            for name, text, value in (
                ("waiting", "Pictures that wait for the recognizer.", status.waiting),
                ("queue", "Pictures that may wait.", status.queue),
                ("reading", "Pictures that are being read.", status.reading),
            ):
                yield GaugeMetricFamily(f"cloudbase_ocr_pictures_{name}", text, value)
            yield CounterMetricFamily(
                "cloudbase_ocr_worker_restarts", "Workers that were replaced.", status.restarts
            )
            yield CounterMetricFamily(
                "cloudbase_ocr_pictures_shed",
                "Pictures refused because memory was near its limit, or the engine was being loaded.",
                status.shed,
            )
            if status.memory_limit is not None:
                yield GaugeMetricFamily(
                    "cloudbase_ocr_memory_limit_bytes", "Memory that may be taken.", status.memory_limit
                )
        yield memory
        if emulator.shared is not None:
            yield GaugeMetricFamily(
                "cloudbase_ocr_state_reached",
                "Whether the shared state was reached the last time.",
                int(not emulator.shared.away),
            )
            operations = CounterMetricFamily(
                "cloudbase_ocr_state_operations", "Operations on the shared state.", labels=("outcome",)
            )
            operations.add_metric(("done",), emulator.shared.done)
            operations.add_metric(("failed",), emulator.shared.failed)
            yield operations
