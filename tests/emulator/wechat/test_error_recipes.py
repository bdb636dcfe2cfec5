"""Every error code can be seen from outside with the one request that the documentation prints for it."""

from __future__ import annotations

import pytest
import requests

from cloudbase_ocr.answers import Recipe, error_recipes
from cloudbase_ocr.server import Server
from wxcloud.contract import ERRORS

# Sections 5.2 and 5.3 of the contract notes, as far as OCR and tokens are concerned.
CODES = {
    -1, 40001, 40002, 40013, 40066, 40125, 40164, 40243, 41001, 41002, 41004, 41005, 42001, 43002, 43003,
    44002, 45009, 45011, 47001, 48001, 48006, 50002, 50004, 61004, 61007, 101000, 101001, 101002, 101003,
}  # fmt: skip


def send(server: Server, recipe: Recipe) -> requests.Response:
    headers = {"Content-Type": recipe.content_type} if recipe.content_type else {}
    return requests.request(
        recipe.method, server.url + recipe.target, data=recipe.body.encode(), headers=headers, timeout=10
    )


def test_there_is_a_recipe_for_every_code() -> None:
    codes = [recipe.code for recipe in error_recipes()]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(ERRORS) - {0}
    assert set(codes) >= CODES


@pytest.mark.parametrize("recipe", error_recipes(), ids=lambda recipe: str(recipe.code))
def test_recipe_gives_its_code_with_the_observed_text(live: Server, recipe: Recipe) -> None:
    reply = send(live, recipe)
    assert reply.status_code == 200
    assert list(reply.json()) == ["errcode", "errmsg"]
    assert reply.json()["errcode"] == recipe.code
    assert reply.json()["errmsg"].startswith(ERRORS[recipe.code].observed)


@pytest.mark.parametrize("recipe", error_recipes(), ids=lambda recipe: str(recipe.code))
def test_documented_profile_without_suffix_gives_the_text_of_the_pages(
    documented: Server, recipe: Recipe
) -> None:
    assert send(documented, recipe).json() == {"errcode": recipe.code, "errmsg": ERRORS[recipe.code].text}


@pytest.fixture(scope="module")
def documented(serve: object) -> Server:
    assert callable(serve)
    server: Server = serve(profile="documented", hints=False)
    return server


def test_curl_line_holds_the_whole_request() -> None:
    by_code = {recipe.code: recipe for recipe in error_recipes()}
    assert by_code[47001].curl("http://h") == (
        "curl -H 'Content-Type: application/json' -d '{' 'http://h/cgi-bin/stable_token'"
    )
    assert by_code[44002].curl("http://h") == "curl -X POST 'http://h/cgi-bin/stable_token'"
    assert (
        by_code[43002].curl("http://h").startswith("curl 'http://h/cv/ocr/idcard?access_token=mock%3A%2F%2F")
    )
