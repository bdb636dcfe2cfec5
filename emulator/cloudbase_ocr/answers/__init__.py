"""Where an OCR answer comes from: a scenario, a magic URL, a fixture, the recognizer; every surface asks here."""

from cloudbase_ocr.answers.answers import Answers
from cloudbase_ocr.answers.checks import FixtureError
from cloudbase_ocr.answers.envelope import Envelope
from cloudbase_ocr.answers.explained import Explained
from cloudbase_ocr.answers.fixtures import Fixture, load_fixtures, read_fixture
from cloudbase_ocr.answers.magic import magic_inputs
from cloudbase_ocr.answers.question import Answer, OcrRequest
from cloudbase_ocr.answers.recipes import Recipe, error_recipes, market_recipes
from cloudbase_ocr.answers.recognizers import recognizer_of, shedding
from cloudbase_ocr.answers.refusals import check_size
from cloudbase_ocr.answers.scenario_files import load_scenarios, read_scenario
from cloudbase_ocr.answers.scenarios import Scenario, Scenarios, Step
from cloudbase_ocr.answers.shape import Shape
from cloudbase_ocr.core.errors import WeChatError

__all__ = [
    "Answer",
    "Answers",
    "Envelope",
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
    "market_recipes",
    "read_fixture",
    "read_scenario",
    "recognizer_of",
    "shedding",
]
