"""Files of functions in JavaScript: kinds of modules, packages, and where they may write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudbase_ocr.runtime import (
    FunctionFailed,
    LoadFailed,
    Runtime,
)
from tests.emulator.runtime.calls import Write, error_of, result_of


@pytest.mark.parametrize(
    ("file", "code", "config"),
    [
        ("index.mjs", "export const main = async () => 'module'", None),
        ("index.mjs", "export default { main: async () => 'module' }", None),
        ("index.mjs", "const word = await Promise.resolve('module')\nexport const main = () => word", None),
        ("index.cjs", "exports.main = async () => 'module'", None),
        ("app.js", "exports.start = async () => 'module'", {"handler": "app.start"}),
        ("my-app.js", "exports.main = async () => 'module'", {"handler": "my-app.main"}),
    ],
)
def test_kinds_of_modules(
    write_node: Write, runtime: Runtime, file: str, code: str, config: dict[str, str] | None
) -> None:
    write_node("f", code, file=file, config=config)
    invocation = runtime.invoke("f", {})
    assert result_of(invocation) == "module"
    assert "Warning" not in invocation.log


def test_type_module_counts_and_main_does_not(write_node: Write, runtime: Runtime) -> None:
    """package.json says what kind of file index.js is; its `main` is for those who require the package."""
    folder = write_node("f", "import { word } from './word.js'\nexport const main = async () => word\n")
    (folder / "word.js").write_text("export const word = 'index'\n")
    (folder / "other.js").write_text("throw new Error('not me')\n")
    (folder / "package.json").write_text('{"type": "module", "main": "other.js"}')
    invocation = runtime.invoke("f", {})
    assert result_of(invocation) == "index"
    assert "Warning" not in invocation.log


def test_packages_of_the_folder_and_of_folders_above(write_node: Write, runtime: Runtime, root: Path) -> None:
    folder = write_node(
        "f", "exports.main = async () => ['mine', 'above', 'lib/x'].map(name => require(name).from)\n"
    )
    for place, name in ((folder, "mine"), (root, "above"), (root.parent, "mine")):
        package = place / "node_modules" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text(f"exports.from = '{place.name}'\n")
    (folder / "lib").mkdir()
    (folder / "lib" / "x.js").write_text("exports.from = 'NODE_PATH'\n")
    assert result_of(runtime.invoke("f", {})) == ["f", "functions", "NODE_PATH"]


@pytest.mark.parametrize("when", ["load", "call"])
@pytest.mark.parametrize(
    ("statement", "file"),
    [
        ("require('{}')", "index.js"),
        ("require('{}/deeper/file')", "index.js"),
        ("await import('{}')", "index.mjs"),
    ],
)
@pytest.mark.parametrize(
    ("package", "dependencies", "advice"),
    [
        ("wx-server-sdk", {"wx-server-sdk": "4.0.2"}, 'Run "npm install" in {}'),
        ("@cloudbase/node-sdk", {}, 'Run "npm install @cloudbase/node-sdk" in {}'),
    ],
)
def test_missing_package_says_what_to_run(
    write_node: Write,
    runtime: Runtime,
    when: str,
    statement: str,
    file: str,
    package: str,
    dependencies: dict[str, str],
    advice: str,
) -> None:
    top, inner = (statement.format(package), "") if when == "load" else ("", statement.format(package))
    exported = "export const main" if file == "index.mjs" else "exports.main"
    folder = write_node("f", f"{top}\n{exported} = async () => {{ {inner} }}\n", file=file)
    (folder / "package.json").write_text(json.dumps({"dependencies": dependencies}))
    error = error_of(runtime, "f")
    if when == "load":
        assert isinstance(error, LoadFailed)
        assert error.message.endswith(advice.format(folder))
        return
    assert isinstance(error, FunctionFailed)
    assert error.hint.endswith(advice.format(folder))
    assert (error.stack or "").endswith(advice.format(folder))


def test_missing_file_gives_no_advice(write_node: Write, runtime: Runtime) -> None:
    write_node("f", "require('./absent')")
    error = error_of(runtime, "f")
    assert "Cannot find module './absent'" in error.message
    assert "npm install" not in error.message


def test_npm_install_replaces_the_instance(write_node: Write, runtime: Runtime) -> None:
    """node_modules is not searched for edits: only what npm notes about its last run counts."""
    folder = write_node("f", "exports.main = async () => 1\n")
    modules = folder / "node_modules"
    (modules / "package").mkdir(parents=True)
    assert runtime.invoke("f", {}).cold
    (modules / "package" / "index.js").write_text("1")
    assert not runtime.invoke("f", {}).cold
    (modules / ".package-lock.json").write_text("{}")
    assert runtime.invoke("f", {}).cold


def test_only_the_temporary_folder_can_be_written(write_node: Write, runtime: Runtime) -> None:
    folder = write_node(
        "f",
        """
        const fs = require('fs')
        const os = require('os')
        const path = require('path')
        const { pathToFileURL } = require('url')
        const { promisify } = require('util')

        const refused = async action => {
          try { await action() } catch (error) { return [error.code, error.errno, error.syscall].join() }
          return 'done'
        }

        exports.main = async () => {
          const here = process.env.USER_CODE_ROOT
          const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'function-'))
          fs.writeFileSync(temporary + '/file', 'fine')
          await fs.promises.appendFile(temporary + '/file', ' too')
          fs.writeFileSync(os.devNull, 'fine')
          const handle = await fs.promises.open(temporary + '/file', 'r+')
          await fs.promises.writeFile(handle, 'FINE')
          await handle.close()
          const text = fs.readFileSync(temporary + '/file', 'utf8')
          fs.rmSync(temporary, { recursive: true })
          return [
            text,
            fs.readFileSync(here + 'index.js', 'utf8') !== '',
            fs.closeSync(await promisify(fs.open)('index.js', 'r')),
            await refused(() => fs.writeFileSync('new.txt', 'x')),
            await refused(() => promisify(fs.writeFile)('new.txt', 'x')),
            await refused(() => fs.promises.writeFile(pathToFileURL(here + 'new.txt'), 'x')),
            await refused(() => fs.promises.rm(Buffer.from(here + 'data'), { recursive: true })),
            await refused(() => fs.openSync(here + 'index.js', 'r+')),
            await refused(() => fs.openSync(here + 'index.js', fs.constants.O_WRONLY)),
            await refused(() => fs.renameSync(here + 'index.js', os.tmpdir() + '/index.js')),
            await refused(() => fs.symlinkSync('/etc', here + 'link')),
            await refused(() => fs.mkdirSync(here + 'a/b', { recursive: true })),
            await refused(() => new Promise((resolve, reject) =>
              fs.createWriteStream(here + 'new.txt').on('error', reject).on('finish', resolve).end('x'))),
          ]
        }
        """,
    )
    (folder / "data").mkdir()
    got = result_of(runtime.invoke("f", {}))
    assert got[:3] == ["FINE too", True, None]
    calls = (
        "writeFile",
        "writeFile",
        "writeFile",
        "rm",
        "open",
        "open",
        "rename",
        "symlink",
        "mkdir",
        "open",
    )
    assert got[3:] == [f"EROFS,-30,{call}" for call in calls]
    assert sorted(path.name for path in folder.iterdir()) == ["data", "index.js"]


def test_read_only_for_es_modules_too(write_node: Write, runtime: Runtime) -> None:
    code = (
        "import { writeFileSync } from 'fs'\nexport const main = async () => writeFileSync('new.txt', 'x')\n"
    )
    folder = write_node("f", code, file="index.mjs")
    assert "EROFS: read-only file system" in error_of(runtime, "f").hint
    assert not (folder / "new.txt").exists()
