"""Starts the function processes on Linux, and sees to it that nothing they start outlives them.

Stand-alone: the standard library only, and of it only what starts fast, which is why it is `_socket` and `_signal`
here. ``guarded.py`` starts one for each runtime, as ``guardian.py SOCKET EMULATOR``: the number of a socket's
descriptor, and the emulator's process ID.

There are two kinds of process here. The guardian waits at the socket. For each function process it forks a
keeper, which starts the function and is a subreaper: whatever the function starts stays below the keeper, also what
forks twice, moves to a session of its own or empties its environment. So the keeper needs no record of what belongs
to its function. It kills all of it when the function's process ends, when the emulator asks, and when the
emulator is gone, however it ended. The guardian is a subreaper, too: it kills what a killed keeper leaves behind.

The socket carries one byte for each start, with three descriptors: a line of its own for the keeper, and the
function's standard input and output. On the line, a stream:

    <- 4 bytes, big endian: the length of the rest. Folder, number of words, words, NAME=VALUE ..., NUL between them
    -> "<keeper's process ID>\\n", or "!<errno> <file>\\n" when the function cannot be started, then its end
    <- the end: kill the function and everything below it
    -> ".": the function's process has ended
    -> the end: nothing of it is left, or cannot be killed
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # its public face, signal, takes 3 ms
import _socket
import os
import select
import sys
import time
from contextlib import suppress
from typing import NoReturn

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_DESCRIPTORS = 3
_SIZE = 4  # bytes of a descriptor's number, and of a length
# A process that the kernel does not let die (it waits for a disk that is gone) holds up the emulator for so long only.
_PATIENCE_SECONDS = 4.0
_LONGEST_PAUSE_MS = 50
# Not for this process: it ends when the emulator does. A function gets them with their default.
_NOT_OURS = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)
_SET_BY_PYTHON = (_signal.SIGPIPE, _signal.SIGXFSZ)


def main() -> None:
    """Start functions until the emulator hangs up or ends; then kill whatever is left, and end."""
    requests = _socket.socket(fileno=int(sys.argv[1]))
    requests.setblocking(False)
    emulator = _watch_process(int(sys.argv[2]))
    _become_subreaper()
    for number in _NOT_OURS:
        _signal.signal(number, _signal.SIG_IGN)
    wakes = _Wakes()
    keepers: set[int] = set()
    while True:
        ready = wakes.wait([requests.fileno(), emulator])
        _reap(keepers)
        for stray in set(children(os.getpid())) - keepers:
            _kill_tree(stray)
        if emulator in ready:
            break
        if requests.fileno() in ready and not _serve(requests, emulator, keepers):
            break
    _end_all(wakes)
    os._exit(0)


def children(pid: int) -> list[int]:
    """Return the children of a process; none when it has ended."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - pathlib takes longer to import than all of this
    except OSError:
        return []
    found = []
    for thread in threads:
        try:
            found += [int(child) for child in _read(f"/proc/{pid}/task/{thread}/children").split()]
        except FileNotFoundError:
            if not _kernel_lists_children():
                return children_by_parent(pid)
        except OSError:
            continue  # ended while we looked
    return found


def children_by_parent(pid: int) -> list[int]:
    """Return the same where the kernel was built without lists of children, by asking every process for its parent."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - see above
        # Ended while we looked, or not a process.
        with suppress(OSError, IndexError, ValueError):
            if int(_read(f"/proc/{int(name)}/stat").rpartition(b")")[2].split()[1]) == pid:
                found.append(int(name))
    return found


def _kernel_lists_children() -> bool:
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110 - see above


def _serve(requests: _socket.socket, emulator: int, keepers: set[int]) -> bool:
    """Fork a keeper for the next request; say whether the emulator is still there."""
    space = _socket.CMSG_SPACE(_DESCRIPTORS * _SIZE)
    try:
        byte, ancillary, _, _ = requests.recvmsg(1, space, _socket.MSG_CMSG_CLOEXEC)
    except BlockingIOError:
        return True
    except OSError:
        return False
    numbers = [
        int.from_bytes(data[at : at + _SIZE], sys.byteorder)
        for _, _, data in ancillary
        for at in range(0, len(data) - _SIZE + 1, _SIZE)
    ]
    # Out of descriptors, some were dropped: the line that is closed tells.
    if len(numbers) == _DESCRIPTORS:
        try:
            pid = os.fork()
        except OSError as error:
            os.write(numbers[0], _failure(error))
        else:
            if pid == 0:
                _run_keeper(requests, emulator, numbers)
            keepers.add(pid)
    for number in numbers:
        os.close(number)
    return bool(byte)


def _run_keeper(requests: _socket.socket, emulator: int, numbers: list[int]) -> NoReturn:
    try:
        # The emulator must see at once that the guardian is gone, and a killed one is.
        requests.close()
        _keep(_socket.socket(fileno=numbers[0]), emulator, numbers[1], numbers[2])
    finally:
        os._exit(0)


def _keep(line: _socket.socket, emulator: int, stdin: int, stdout: int) -> None:
    """Start a function and wait for its end, or for that of the emulator; kill what is left."""
    wakes = _Wakes()
    _become_subreaper()
    line.setblocking(True)
    try:
        pid = _spawn(_receive(line), stdin, stdout)
    except EOFError:
        return
    except OSError as error:
        line.send(_failure(error))
        return
    os.close(stdin)
    os.close(stdout)
    with suppress(OSError):
        line.send(b"%d\n" % os.getpid())
    while not (ended := _has_ended(pid)) and not wakes.wait([line.fileno(), emulator]):
        pass
    # Not reaped before: as long as it is not, its number, the group's, means nobody else. A group dies at once,
    # and does not fork meanwhile.
    with suppress(OSError):
        os.killpg(pid, _signal.SIGKILL)
    if ended:
        with suppress(OSError):
            line.send(b".")
    _end_all(wakes, line)


def _receive(line: _socket.socket) -> list[bytes]:
    """Return the parts of a request; EOFError when the emulator is gone."""
    size = int.from_bytes(_receive_exactly(line, _SIZE), "big")
    return _receive_exactly(line, size).split(b"\0")


def _receive_exactly(line: _socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = line.recv(size - len(received))
        if not chunk:
            raise EOFError
        received += chunk
    return received


def _spawn(request: list[bytes], stdin: int, stdout: int) -> int:
    """Start the function in a session of its own and return its process ID; OSError when that cannot be."""
    folder, count, *rest = request
    command, pairs = rest[: int(count)], rest[int(count) :]
    keeper = os.getpid()
    trouble, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            # Should the keeper be killed, too, nothing is left that could.
            _prctl(_SET_PDEATHSIG, _signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(0)
            os.setsid()
            for number, target in ((stdin, 0), (stdout, 1), (stdout, 2)):
                os.dup2(number, target)
            for signal in (*_NOT_OURS, *_SET_BY_PYTHON):
                _signal.signal(signal, _signal.SIG_DFL)
            os.chdir(folder)
            environment = dict(pair.split(b"=", 1) for pair in pairs)
            os.execvpe(command[0], command, environment)  # noqa: S606 - the command is the emulator's
        except OSError as error:
            if error.filename is None:
                error.filename = command[0]
            os.write(tell, _failure(error))
        finally:
            os._exit(127)
    os.close(tell)
    failure = os.read(trouble, 8192)  # ends with exec
    os.close(trouble)
    if failure:
        os.waitpid(pid, 0)
        number, _, name = failure[1:-1].partition(b" ")
        raise OSError(int(number), os.strerror(int(number)), name)
    return pid


def _failure(error: OSError) -> bytes:
    name = error.filename if isinstance(error.filename, bytes) else os.fsencode(error.filename or "")
    return b"!%d %s\n" % (error.errno or 0, name.replace(b"\n", b" ")[:4096])


def _has_ended(pid: int) -> bool:
    """Say whether a child has ended, without reaping it; reap orphans that have."""
    while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
        if ended.si_pid == pid:
            return True
        os.waitpid(ended.si_pid, 0)
    return False


def _reap(keepers: set[int]) -> bool:
    """Reap every child that has ended; say whether there is another one."""
    with suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            keepers.discard(pid)
        return True
    return False


def _end_all(wakes: _Wakes, line: _socket.socket | None = None) -> None:
    """Kill every descendant until none is left: a subreaper without children has no descendants either.

    A process in the middle of forking is seen the next time round. `line` is closed as soon as none is left, or when
    one cannot be killed.
    """
    deadline, pause = time.monotonic() + _PATIENCE_SECONDS, 1
    while _reap(set()):
        for child in children(os.getpid()):
            _kill_tree(child)
        if line is not None and time.monotonic() > deadline:
            line.close()
        wakes.wait([], pause)
        pause = min(2 * pause, _LONGEST_PAUSE_MS)


def _kill_tree(pid: int) -> None:
    """Kill a child and all below it.

    From above to below: who is killed cannot reap any more, so no number means somebody else meanwhile.
    """
    with suppress(OSError):
        os.kill(pid, _signal.SIGKILL)
    for child in children(pid):
        _kill_tree(child)


class _Wakes:
    """Waits for descriptors and for ends of children."""

    def __init__(self) -> None:
        """Take the place of the one that a fork inherited."""
        self._pipe, wake = os.pipe()
        os.set_blocking(self._pipe, False)
        os.set_blocking(wake, False)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        before = _signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        if before >= 0:
            os.close(before)

    def wait(self, descriptors: list[int], milliseconds: int | None = None) -> set[int]:
        """Return which of the descriptors (-1: none) are ready, empty after the end of a child or the time given."""
        poll = select.poll()
        for number in (self._pipe, *descriptors):
            if number >= 0:
                poll.register(number, select.POLLIN)
        ready = {number for number, _ in poll.poll(milliseconds)}
        with suppress(BlockingIOError):
            while os.read(self._pipe, 512):
                pass
        return ready - {self._pipe}


def _watch_process(pid: int) -> int:
    """Return a descriptor that is ready when the emulator has ended; -1 before Linux 5.3.

    The sockets alone do not tell if the emulator has forked, and its child holds their other ends.
    """
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        descriptor = -1
    if os.getppid() != pid:
        os._exit(0)  # ended before, and the number may mean another process by now
    return descriptor


def _become_subreaper() -> None:
    _prctl(_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    # Here, and not at the top: others import this module for children(), on every system.
    import ctypes

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content = b""
        while chunk := os.read(descriptor, 65536):
            content += chunk
        return content
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
