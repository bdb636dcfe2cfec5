"""Where an OCR answer comes from: a magic URL, a fixture, the recognizer; every surface asks here."""

from emulator.answers.answers import Answer, Answers, OcrRequest
from emulator.answers.checks import FixtureError
from emulator.answers.fixtures import Fixture, load_fixtures
from emulator.answers.magic import magic_inputs
from emulator.answers.reading import read_picture
from emulator.answers.recipes import Recipe, error_recipes
from emulator.answers.shape import Shape
from emulator.control.errors import WeChatError

__all__ = [
    "Answer",
    "Answers",
    "Fixture",
    "FixtureError",
    "OcrRequest",
    "Recipe",
    "Shape",
    "WeChatError",
    "error_recipes",
    "load_fixtures",
    "magic_inputs",
    "read_picture",
]
