"""Where a project gets this package from: named by its user, or as it is installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cloudbase_ocr.scaffold import Origin, ScaffoldError, installed_origin, named_origin

REPOSITORY = "https://example.com/cloudbase-ocr"
COMMIT = "0" * 40


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"git+{REPOSITORY}.git", f"git+{REPOSITORY}.git"),
        (f"git+{REPOSITORY}.git@v1.0", f"git+{REPOSITORY}.git@v1.0"),
        (f"{REPOSITORY}.git", f"git+{REPOSITORY}.git"),
        (REPOSITORY, f"git+{REPOSITORY}"),
        ("ssh://git@example.com/ocr.git", "git+ssh://git@example.com/ocr.git"),
        ("git@example.com:team/ocr.git", "git+ssh://git@example.com/team/ocr.git"),
        ("git+file:///srv/ocr.git", "git+file:///srv/ocr.git"),
        (f"{REPOSITORY}-1.0-py3-none-any.whl", f"{REPOSITORY}-1.0-py3-none-any.whl"),
        (f"{REPOSITORY}-1.0.tar.gz#sha256=abc", f"{REPOSITORY}-1.0.tar.gz#sha256=abc"),
    ],
)
def test_an_address(text: str, address: str, tmp_path: Path) -> None:
    origin = named_origin(text, tmp_path)
    assert origin == Origin(f"cloudbase-ocr @ {address}")
    assert Requirement(origin.requirement).url == address


def test_an_index_of_ones_own(tmp_path: Path) -> None:
    assert named_origin("cloudbase_ocr==1.0", tmp_path) == Origin("cloudbase_ocr==1.0")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "over there" / "ocr"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "cloudbase-ocr"\n', encoding="utf-8")
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "cloudbase_ocr-1.0-py3-none-any.whl"
    path.touch()
    return path


def test_a_path_outside_is_one_of_this_machine(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    for path in (checkout, wheel):
        for text in (str(path), path.as_uri()):
            origin = named_origin(text, tmp_path / "project")
            assert origin == Origin(f"cloudbase-ocr @ {path.as_uri()}", path)
            assert Requirement(origin.requirement).url == path.as_uri()


def test_a_path_in_the_project_goes_with_it(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project/vendor").mkdir(parents=True)
    shutil.copy(wheel, tmp_path / "project/vendor")
    monkeypatch.chdir(tmp_path)
    origin = named_origin(f"project/vendor/{wheel.name}", Path("project"))
    assert origin == Origin(f"./vendor/{wheel.name}")


@pytest.mark.parametrize(
    "text",
    [
        "nowhere",
        "./nowhere.whl",
        "flask==3",
        "x y",
        "",
        "http://",
        "git+https:///x",
        "https://[x/y.git",
        "a://b c",
    ],
)
def test_what_is_no_place(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScaffoldError, match=r"^--source: .* give a git address such as git\+https"):
        named_origin(text, tmp_path)


@pytest.mark.parametrize("name", ["flask-3.0-py3-none-any.whl", "cloudbase_ocr.whl", "notes.txt", "folder"])
def test_a_path_to_something_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/pyproject.toml").write_text('[project]\nname = "flask"\n', encoding="utf-8")
    if name != "folder":
        (tmp_path / name).touch()
    with pytest.raises(ScaffoldError, match="is neither a wheel of cloudbase-ocr nor a checkout of it"):
        named_origin(str(tmp_path / name), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@example.com/ocr.git",
        "git+https://token@example.com/x",
        "ssh://git:secret@example.com/x",
    ],
)
def test_a_secret_is_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match="has a password or token in it") as refused:
        named_origin(text, tmp_path)
    assert "secret" not in str(refused.value)
    assert "token@" not in str(refused.value)


class Installed:
    """An installation on the path, as pip and uv write it down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "cloudbase_ocr-1.0.dist-info"
        self.folder.mkdir(parents=True)
        (self.folder / "METADATA").write_text("Name: cloudbase-ocr\nVersion: 1.0\n", encoding="utf-8")

    def says(self, **told: object) -> None:
        (self.folder / "direct_url.json").write_text(json.dumps(told), encoding="utf-8")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    installation = Installed(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return installation


def test_installed_from_git(installed: Installed, tmp_path: Path) -> None:
    installed.says(url=REPOSITORY, vcs_info={"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"})
    assert installed_origin(tmp_path) == Origin(f"cloudbase-ocr @ git+{REPOSITORY}@{COMMIT}")


def test_installed_from_a_checkout_or_a_wheel(
    installed: Installed, checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    for path, told in ((checkout, {"dir_info": {"editable": True}}), (wheel, {"archive_info": {}})):
        installed.says(url=path.as_uri(), **told)
        assert installed_origin(tmp_path / "p") == Origin(f"cloudbase-ocr @ {path.as_uri()}", path)
    installed.says(url=f"{REPOSITORY}-1.0-py3-none-any.whl", archive_info={})
    assert installed_origin(tmp_path) == Origin(f"cloudbase-ocr @ {REPOSITORY}-1.0-py3-none-any.whl")


def test_a_place_that_is_gone(installed: Installed, wheel: Path, tmp_path: Path) -> None:
    installed.says(url=wheel.as_uri(), archive_info={})
    wheel.unlink()
    with pytest.raises(
        ScaffoldError, match=r"was installed from .*\.whl, which is gone\. Name a place with --source"
    ):
        installed_origin(tmp_path)


@pytest.mark.parametrize("written", [None, "", "{", "[]", "{}", '{"url": 1}'])
def test_an_installation_that_does_not_say(written: str | None, installed: Installed, tmp_path: Path) -> None:
    if written is not None:
        (installed.folder / "direct_url.json").write_text(written, encoding="utf-8")
    with pytest.raises(
        ScaffoldError, match=r"nothing says where this cloudbase-ocr .* Name it with --source"
    ):
        installed_origin(tmp_path)
