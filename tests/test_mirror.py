"""Where the tests of a module are: ``core/multipart.py`` has them in ``tests/emulator/core/test_multipart.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MIRRORS = {"tests/emulator": "emulator/cloudbase_ocr", "tests/wxcloud": "functions/wxcloud"}

ACROSS = {
    "tests/emulator/answers/test_templates.py",
    "tests/emulator/build/test_deploy_tool.py",
    "tests/emulator/build/test_http_forms.py",
    "tests/emulator/build/test_packages.py",
    "tests/emulator/build/test_packages_run.py",
    "tests/emulator/build/test_requirements_run.py",
    "tests/emulator/console/test_browser.py",
    "tests/emulator/console/test_journal_exports.py",
    "tests/emulator/console/test_other_sites.py",
    "tests/emulator/console/test_safety.py",
    "tests/emulator/console/test_story.py",
    "tests/emulator/console/test_try_pictures.py",
    "tests/emulator/console/test_try_queue.py",
    "tests/emulator/control/test_bodies.py",
    "tests/emulator/control/test_reference_examples.py",
    "tests/emulator/control/test_reset.py",
    "tests/emulator/journal/test_node_functions.py",
    "tests/emulator/journal/test_privacy.py",
    "tests/emulator/journal/test_readings.py",
    "tests/emulator/journal/test_secrets.py",
    "tests/emulator/project/test_public_templates.py",
    "tests/emulator/recognizer/documents/lexicon/test_known_words.py",
    "tests/emulator/recognizer/documents/test_documents_follow_pixels.py",
    "tests/emulator/recognizer/documents/test_telling_values.py",
    "tests/emulator/recognizer/serving/test_clients_short.py",
    "tests/emulator/recognizer/serving/test_close.py",
    "tests/emulator/recognizer/serving/test_fairness.py",
    "tests/emulator/recognizer/test_hard_photos.py",
    "tests/emulator/recognizer/test_large_pictures.py",
    "tests/emulator/recognizer/test_mutated_images.py",
    "tests/emulator/recognizer/test_pixels.py",
    "tests/emulator/recognizer/test_specimens.py",
    "tests/emulator/record/test_command.py",
    "tests/emulator/runtime/test_calls.py",
    "tests/emulator/runtime/test_crashing_functions.py",
    "tests/emulator/runtime/test_faults.py",
    "tests/emulator/runtime/test_instances.py",
    "tests/emulator/runtime/test_language_faults.py",
    "tests/emulator/runtime/test_mixed_project.py",
    "tests/emulator/runtime/test_node_binary.py",
    "tests/emulator/runtime/test_node_files.py",
    "tests/emulator/state/shared/test_instances.py",
    "tests/emulator/state/shared/test_sharing.py",
    "tests/emulator/state/test_clock_and_quotas.py",
    "tests/emulator/state/test_kills_short.py",
    "tests/emulator/state/test_restart.py",
    "tests/emulator/test_ipv6.py",
    "tests/emulator/test_specimens_end_to_end.py",
    "tests/emulator/testing/test_javascript.py",
    "tests/emulator/testing/test_parallel.py",
    "tests/emulator/testing/test_plugin.py",
    "tests/emulator/testing/test_sizes.py",
    "tests/emulator/testing/test_wheel.py",
    "tests/emulator/wechat/test_error_recipes.py",
    "tests/emulator/wechat/test_hostile.py",
    "tests/emulator/wechat/test_unread_bodies.py",
    "tests/emulator/wechat/test_wxcloud_resources.py",
    "tests/wxcloud/test_connection.py",
    "tests/wxcloud/test_retries.py",
    "tests/wxcloud/test_surface.py",
    "tests/wxcloud/test_wire.py",
}
"""Test files about what several modules do together; each other one is named after the module that it tests."""


def files() -> Iterator[tuple[str, Path]]:
    """Give every test file below the mirrored folders, and where the code of its name would be, without suffix."""
    for tests, code in MIRRORS.items():
        for path in sorted((ROOT / tests).rglob("test_*.py")):
            name = path.stem.removeprefix("test_")
            folder = ROOT / code / path.parent.relative_to(ROOT / tests)
            yield path.relative_to(ROOT).as_posix(), folder / ("__init__" if name == "init" else name)


def test_every_test_file_is_named_after_its_module() -> None:
    strangers = {name for name, code in files() if not (code.with_suffix(".py").exists() or code.is_dir())}
    wrong = sorted(strangers - ACROSS)
    assert not wrong, (
        f"no module has these names; rename them with their module, or list them in ACROSS: {wrong}"
    )
    assert sorted(ACROSS - strangers) == [], "named after a module, or not there: take them out of ACROSS"


def test_every_folder_of_tests_is_a_room_of_the_code() -> None:
    rooms = {(name, code.parent) for name, code in files()}
    assert [
        name for name, room in sorted(rooms) if not (room.is_dir() or room.with_suffix(".py").exists())
    ] == []
