"""Where an OCR answer comes from: a scenario, a magic URL, a fixture, the recognizer; every surface asks here."""

from emulator.answers.answers import Answer, Answers, OcrRequest
from emulator.answers.checks import FixtureError
from emulator.answers.fixtures import Fixture, load_fixtures, read_fixture
from emulator.answers.magic import magic_inputs
from emulator.answers.reading import Explained, check_size
from emulator.answers.recipes import Recipe, error_recipes
from emulator.answers.recognizers import recognizer_of
from emulator.answers.scenario_files import load_scenarios, read_scenario
from emulator.answers.scenarios import Scenario, Scenarios, Step
from emulator.answers.shape import Shape
from emulator.control.errors import WeChatError

__all__ = [
    "Answer",
    "Answers",
    "Explained",
    "Fixture",
    "FixtureError",
    "OcrRequest",
    "Recipe",
    "Scenario",
    "Scenarios",
    "Shape",
    "Step",
    "WeChatError",
    "check_size",
    "error_recipes",
    "load_fixtures",
    "load_scenarios",
    "magic_inputs",
    "read_fixture",
    "read_scenario",
    "recognizer_of",
]
