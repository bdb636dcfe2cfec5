"""Every kind of picture of the level R: the key of the method that reads it, and what takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.ocr.reallike import cards, forms, licences, menus, plates, traditional, transparent

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.bench.ocr.picture import Picture

    Take = Callable[[random.Random, str], Picture]

KINDS: dict[str, tuple[str, Take]] = {
    "plate": ("platenum", plates.in_the_street),
    "plate-crop": ("platenum", plates.crop),
    "card": ("bankcard", cards.embossed),
    "licence-electronic": ("bizlicense", licences.electronic),
    "licence-notices": ("bizlicense", licences.noticed),
    "licence-small": ("bizlicense", licences.small_scan),
    "licence-two-pages": ("bizlicense", licences.two_pages),
    "menu-sizes": ("menu", menus.sizes),
    "menu-traditional": ("menu", menus.traditional_menu),
    "text-traditional": ("comm", traditional.page),
    "text-transparent": ("comm", transparent.text),
    "idcard-masked": ("idcard", forms.idcard_masked),
    "vehicle-masked": ("driving", forms.vehicle_masked),
    "vehicle-blank": ("driving", forms.vehicle_blank),
    "driver-masked": ("drivinglicense", forms.driver_masked),
    "driver-blank": ("drivinglicense", forms.driver_blank),
    "driver-second-page": ("drivinglicense", forms.driver_second_page),
}
