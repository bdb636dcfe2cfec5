"""Runs one Python function in its own process, as SCF's runtime does.

Stand-alone: the standard library only, Python 3.9 and up, nothing of ours is imported; and of the library
only what starts fast, which is why traceback and asyncio are not at the top. The parent starts it with
an interpreter and writes one JSON line to standard input, or to the descriptor that the only argument names:

    {"host", "port", "token", "folder", "root", "packages", "shared", "layers", "temporary", "handler", "log_mark",
     "debug"}

It connects to host and port, and both sides speak JSON, one object in each line, UTF-8:

    -> {"type": "hello", "token"}
    -> {"type": "debugger", "port"}  only with "debug", and answered with
    <- {"type": "go", "wait"}
    -> {"type": "ready"}  or  {"type": "load_failed", "message"}
    <- {"type": "invoke", "id", "event", "context"}
    -> {"type": "result", "id", "result": "<JSON text>"}
       {"type": "error", "id", "message", "stack"}
       {"type": "too_large", "id", "size"}

Standard output and error are the function's alone: nothing it prints, closes or inherits can reach the
connection. After each call the line `log_mark` follows what was printed, so that the parent knows what
belongs to the call. Any bootstrap that speaks this, in any language, can be run by the parent.
"""

from __future__ import annotations

import _thread
import errno
import importlib
import json
import os
import socket
import sys
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Callable, NoReturn

MAX_RESULT_BYTES = 6 * 1024 * 1024
MAX_STACK_CHARACTERS = 64 * 1024
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events that change a file system, and which of their arguments are the paths that change.
_WRITE_EVENTS = {
    "os.chmod": (0,),
    "os.link": (1,),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
}


def main() -> None:
    """Connect, load the function, and answer events until the parent hangs up."""
    boot = json.loads(read_boot())
    connection = socket.create_connection((boot["host"], boot["port"]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    send(connection, {"type": "hello", "token": boot["token"]})
    requests: SimpleQueue[bytes] = SimpleQueue()
    _thread.start_new_thread(receive, (connection, requests))
    # A function may close or replace its standard output; the mark must still get through.
    log = os.dup(1)
    try:
        if "debug" in boot:
            # Before the function's folders are searched: a module there may have a name of the library's.
            let_debugger_in(connection, requests, boot["debug"])
        prepare(boot)
        handler = load_handler(boot["handler"])
    except SystemExit:
        leave()
    except BaseException as error:
        send(connection, {"type": "load_failed", "message": format_exception(error)})
        leave()
    send(connection, {"type": "ready"})
    environment = Environment()
    loop = Loop()
    while True:
        request = json.loads(requests.get())
        environment.mirror(request["context"]["environ"])
        reply = call(handler, request, loop)
        flush()
        os.write(log, boot["log_mark"].encode())
        send(connection, {**reply, "spent": not prints_to(log)})


def read_boot() -> bytes:
    """Return the line that the parent writes; standard input may be somebody's terminal."""
    if len(sys.argv) == 1:
        return sys.stdin.buffer.readline()
    with os.fdopen(int(sys.argv[1]), "rb") as given:
        return given.readline()


def prepare(boot: dict[str, Any]) -> None:
    """Let this process look like SCF's to the function."""
    sys.path[:0] = [boot["folder"], boot["root"], *boot["packages"], *boot["layers"]]
    sys.meta_path.append(SharedModules(boot["shared"]))
    sys.argv = [boot["folder"] + os.sep + "index.py"]
    add_builtins()
    protect_files([boot["folder"], boot["root"], *boot["packages"]], boot["temporary"])
    if "logging" in sys.modules:
        set_up_logging(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, LoggingFinder())


def let_debugger_in(connection: socket.socket, requests: SimpleQueue[bytes], debug: dict[str, str]) -> None:
    """Let debuggers attach from now on; wait for one when the parent says that one comes.

    debugpy is loaded from its folder: what lies beside it, the emulator's own packages, the function must not find.
    """
    import importlib.util

    folder = debug["debugpy"]
    spec: Any = importlib.util.spec_from_file_location(
        "debugpy", folder + os.sep + "__init__.py", submodule_search_locations=[folder]
    )
    debugpy = sys.modules["debugpy"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(debugpy)
    # Its adapter is a process of Python, too, and the function's variables are not for it.
    ours = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LD_LIBRARY_PATH")
    }
    debugpy.configure(subProcess=False, pythonEnv=ours)
    _, port = debugpy.listen(("127.0.0.1", 0))
    send(connection, {"type": "debugger", "port": port})
    if json.loads(requests.get())["wait"]:
        debugpy.wait_for_client()


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one message as one line."""
    # A lone surrogate, from a file name in a traceback, becomes the escape that JSON has for it.
    connection.sendall(json.dumps(message, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


def receive(connection: socket.socket, requests: SimpleQueue[bytes]) -> None:
    """Queue what the parent sends; when it hangs up or dies, end this process even in mid-call."""
    try:
        with connection.makefile("rb") as lines:
            for line in lines:
                requests.put(line)
    finally:
        os._exit(0)


def load_handler(handler: str | None) -> Callable[[Any, Any], Any]:
    """Import ``<file>.<function>``; without one, index.main or else index.main_handler."""
    file, _, name = (handler or "index.main").rpartition(".")
    module = importlib.import_module(file.replace("/", "."))
    if handler is None and not hasattr(module, "main") and hasattr(module, "main_handler"):
        name = "main_handler"
    found: Callable[[Any, Any], Any] = getattr(module, name)
    if not callable(found):
        raise TypeError(f"{file}.{name} is not a function but {type(found).__name__}")
    return found


def call(handler: Callable[[Any, Any], Any], request: dict[str, Any], loop: Loop) -> dict[str, Any]:
    """Call the handler and return the message for the parent; ``sys.exit`` ends the process, as in SCF."""
    try:
        value = handler(request["event"], request["context"])
        if hasattr(value, "__await__"):
            value = loop.run(value)
        result = json.dumps(value, ensure_ascii=False, allow_nan=False, default=encode_decimal)
        size = len(result.encode())
    except SystemExit:
        leave()
    except BaseException as error:
        return {
            "type": "error",
            "id": request["id"],
            "message": summary(error),
            "stack": format_exception(error),
        }
    if size > MAX_RESULT_BYTES:
        return {"type": "too_large", "id": request["id"], "size": size}
    return {"type": "result", "id": request["id"], "result": result}


def encode_decimal(value: object) -> str:
    """Return a Decimal as text, as Tencent's own bootstrap does; refuse everything else JSON cannot carry."""
    if type(value).__name__ == "Decimal":
        return str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def format_exception(error: BaseException) -> str:
    """Return the traceback as text, without the frames of this file in front of the function's own."""
    import traceback

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace or error.__traceback__)
    return "".join(lines).rstrip()[-MAX_STACK_CHARACTERS:]


def summary(error: BaseException) -> str:
    """Return the last line of the traceback, such as ``KeyError: 'data'``."""
    import traceback

    return traceback.format_exception_only(type(error), error)[-1].rstrip()[:MAX_STACK_CHARACTERS]


def flush() -> None:
    """Push out what the function printed; it may have closed the streams."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()


def leave() -> NoReturn:
    """End the process at once: SCF runs no exit handlers and waits for no threads."""
    flush()
    os._exit(1)


def prints_to(log: int) -> bool:
    """Say whether standard output still leads to the log; the function may have closed it."""
    try:
        return os.path.sameopenfile(1, log) and not sys.stdout.closed
    except (AttributeError, OSError):
        return False


class LoggingFinder:
    """Sets logging up as soon as somebody imports it: nobody else pays for the import."""

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        """Return the spec of logging, whose loader also sets it up; None for every other module."""
        if name != "logging":
            return None
        import importlib.util

        sys.meta_path.remove(self)
        spec: Any = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_set_up(module: Any) -> None:
            run(module)
            set_up_logging(module)

        spec.loader.exec_module = run_and_set_up
        return spec


def set_up_logging(logging: Any) -> None:
    """Give the root logger SCF's handler: standard output, from DEBUG on, the bare message.

    SCF's start-up does so before user code (source: the Python bootstrap of scfcli).
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)


class Loop:
    """One event loop for the life of the process, so that what an async handler keeps open stays usable."""

    def __init__(self) -> None:
        """Make no loop yet: importing asyncio costs 30 ms."""
        self._run: Callable[[Any], Any] | None = None

    def run(self, awaitable: Any) -> Any:
        """Wait for `awaitable` and return its value."""
        if self._run is None:
            import asyncio

            self._run = asyncio.new_event_loop().run_until_complete
        return self._run(awaitable)


class Environment:
    """Mirrors each call's ``context["environ"]`` into os.environ, and takes it back before the next one."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._before: dict[str, str | None] = {}

    def mirror(self, environ: str) -> None:
        """Set the pairs of ``K=V;K=V``; restore first what the previous call's pairs had covered."""
        for key, value in self._before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
        pairs = dict(pair.split("=", 1) for pair in environ.split(";") if "=" in pair)
        self._before = {key: os.environ.get(key) for key in pairs}
        os.environ.update(pairs)


def add_builtins() -> None:
    """Give the function ``exit``, ``help`` and their like: this process starts without site, which adds them."""
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()


class SharedModules:
    """Finds the few modules that the emulator's own installation lends, after all others."""

    def __init__(self, folders: dict[str, str]) -> None:
        """Look for each module in its folder, and for no other there."""
        self._folders = folders

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> Any:
        """Return the spec of a module that is lent; None for every other one."""
        folder = self._folders.get(name)
        if folder is None:
            return None
        import importlib.machinery

        return importlib.machinery.PathFinder.find_spec(name, [folder])


def protect_files(code_folders: list[str], temporary: str) -> None:
    """Make Python's own file functions see a read-only file system, as in SCF, but for the temporary folder.

    An audit hook, not a wall: native code and child processes can still write.
    """
    code = tuple(map(real_path, code_folders))
    writable = (real_path(temporary), real_path("/dev"), real_path("/proc"))

    def refuse(path: Any) -> None:
        if isinstance(path, int) or path == os.devnull:
            return
        name = os.fsdecode(path)
        target = real_path(name)
        if target.startswith(code) or not target.startswith(writable):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            if arguments[2] & _WRITE_FLAGS:
                refuse(arguments[0])
        else:
            for index in _WRITE_EVENTS.get(event, ()):
                refuse(arguments[index])

    sys.addaudithook(audit)


def real_path(path: str) -> str:
    """Return where a path leads, links resolved, with a separator at the end."""
    return os.path.realpath(path) + os.sep


if __name__ == "__main__":
    main()
