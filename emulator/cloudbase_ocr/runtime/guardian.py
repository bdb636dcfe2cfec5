"""Starts the function processes on Linux, and sees to it that nothing they start outlives them.

Stand-alone: the standard library only, and of it only what starts fast, which is why it is `_socket` and `_signal`
here. ``guarded.py`` starts one for each runtime, with two arguments: the number of a socket's descriptor, and the
emulator's process ID.

There are two kinds of process here. The guardian always has a spare keeper, a fork of its own, waiting at the socket.
A keeper has one function, a fork of it in its turn, and is a subreaper: whatever the function starts stays below the
keeper, also what forks twice, moves to a session of its own or empties its environment. So the keeper needs no record
of what belongs to its function. It kills all of it when the function's process ends, when the emulator asks, and when
the emulator is gone, however it ended. The guardian is a subreaper, too: it kills what a killed keeper leaves behind.

The socket carries one byte for each start, with three descriptors: a line of its own for the keeper, and the
function's standard input and output. On the line, a stream:

    <- 4 bytes, big endian: the length of the rest. Folder, number of words, words, NAME=VALUE ..., NUL between them
    -> "<keeper's process ID>\\n", or "!<errno> <file>\\n" when the function cannot be started, then its end
    <- the end: kill the function and everything below it
    -> ".": the function's process has ended
    -> the end: nothing of it is left, or cannot be killed
"""

# pathlib and contextlib take longer to import than all of this.
# ruff: noqa: PTH110, PTH208, SIM105
from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # its public face, signal, takes 3 ms
import _socket
import errno
import os
import select
import sys
import time

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_DESCRIPTORS = 3
_PAGE = 4096
_SIZE = 4  # bytes of a descriptor's number, and of a length
# A process that the kernel does not let die (it waits for a disk that is gone) holds up the emulator for so long only.
_PATIENCE_SECONDS = 4.0
# The next keeper is forked when the function that the last one starts has had the processor for a while.
_QUIET_MS = 10
_PAUSE_MS = 50
_LONG_PAUSE_MS = 1000
# Not for this process: it ends when the emulator does. A function gets them with their default.
_NOT_OURS = ("SIGINT", "SIGTERM", "SIGHUP")
_SET_BY_PYTHON = ("SIGPIPE", "SIGXFSZ")


def main() -> None:
    """Have a keeper ready until the emulator hangs up or ends; then kill whatever is left, and end."""
    requests = _socket.socket(fileno=int(sys.argv[1]))
    requests.setblocking(False)
    os.set_inheritable(requests.fileno(), False)
    emulator = _watch_process(int(sys.argv[2]))
    _become_subreaper()
    for name in _NOT_OURS:
        _signal.signal(getattr(_signal, name), _signal.SIG_IGN)
    wakes = _Wakes()
    taken, tell = os.pipe()
    keepers: set[int] = set()
    spare = 0
    while True:
        if spare:
            # That one waits for requests.
            ready = wakes.wait([emulator, taken], hang_up=requests.fileno())
        else:
            ready = wakes.wait([emulator, taken, requests.fileno()], milliseconds=_QUIET_MS)
        asked = requests.fileno() in ready
        if emulator in ready or (spare and asked):
            break
        if taken in ready:
            os.read(taken, 512)
            spare = 0
        elif not spare and (asked or not ready):
            spare = _fork_keeper(requests, emulator, tell)
            keepers |= {spare} - {0}
            if asked and not spare and not _refuse(requests):
                break
        _reap(keepers)
        for stray in set(children(os.getpid())) - keepers:
            _kill_tree(stray)
        if spare not in keepers:
            spare = 0
    _end_all(wakes)
    os._exit(0)


def children(pid: int) -> list[int]:
    """Return the children of a process; none when it has ended."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    found = []
    for thread in threads:
        try:
            found += [int(child) for child in read_file(f"/proc/{pid}/task/{thread}/children").split()]
        except OSError:  # noqa: PERF203 - the thread has ended while we looked
            if not _kernel_lists_children():
                return children_by_parent(pid)
    return found


def children_by_parent(pid: int) -> list[int]:
    """Return the same where the kernel was built without lists of children, by asking every process for its parent."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == pid]


def read_file(path: str) -> bytes:
    """Return what a file of /proc holds; OSError when the process has ended."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        content = chunk = os.read(descriptor, 65536)
        while len(chunk) > _PAGE // 2:  # the kernel gives a page, or less by one item
            chunk = os.read(descriptor, 65536)
            content += chunk
        return content
    finally:
        os.close(descriptor)


def _parent(pid: str) -> int:
    try:
        return int(read_file(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0  # ended while we looked


def _kernel_lists_children() -> bool:
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")


def _fork_keeper(requests: _socket.socket, emulator: int, tell: int) -> int:
    """Return the process ID of a new keeper, 0 when the system has no room for one."""
    try:
        pid = os.fork()
    except OSError:
        return 0
    if pid == 0:
        try:
            _run_keeper(requests, emulator, tell)
        finally:
            os._exit(0)
    return pid


def _run_keeper(requests: _socket.socket, emulator: int, tell: int) -> None:
    """Wait for a request, tell the guardian that it was taken, and keep the function."""
    wakes = _Wakes()
    _become_subreaper()
    try:
        function = _Fork()
    except OSError:
        function = None  # no room: who asks is told
    numbers: list[int] = []
    while not numbers:
        if emulator in wakes.wait([requests.fileno(), emulator]):
            return
        numbers = _take(requests)
    os.write(tell, b".")
    os.close(tell)
    # The emulator has to see at once when the guardian is killed.
    requests.close()
    if function is None:
        os.write(numbers[0], _failure(OSError(errno.EAGAIN, "")))
        return
    _keep(wakes, _socket.socket(fileno=numbers[0]), emulator, function, numbers[1:])


def _refuse(requests: _socket.socket) -> bool:
    """Say to who asks that there is no room; return whether the emulator is there."""
    try:
        numbers = _take(requests)
    except EOFError:
        return False
    if numbers:
        os.write(numbers[0], _failure(OSError(errno.EAGAIN, "")))
    for number in numbers:
        os.close(number)
    return True


def _take(requests: _socket.socket) -> list[int]:
    """Return the descriptors of a request, none when somebody else has taken it; EOFError when the emulator is gone."""
    space = _socket.CMSG_SPACE(_DESCRIPTORS * _SIZE)
    try:
        byte, ancillary, _, _ = requests.recvmsg(1, space, _socket.MSG_CMSG_CLOEXEC)
    except BlockingIOError:
        return []
    if not byte:
        raise EOFError
    return [
        int.from_bytes(data[at : at + _SIZE], sys.byteorder)
        for _, _, data in ancillary
        for at in range(0, len(data) - _SIZE + 1, _SIZE)
    ]


def _keep(wakes: _Wakes, line: _socket.socket, emulator: int, function: _Fork, pipes: list[int]) -> None:
    """Start a function and wait for its end, or for that of the emulator; kill what is left."""
    line.setblocking(True)
    pid = function.pid
    try:
        function.run(_receive(line), pipes)
    except OSError as error:
        _tell(line, _failure(error))
        return
    _tell(line, b"%d\n" % os.getpid())
    while not (ended := _has_ended(pid)) and not wakes.wait([line.fileno(), emulator]):
        pass
    # Not reaped before: as long as it is not, its number, the group's, means nobody else. A group dies at once,
    # and does not fork meanwhile.
    try:
        os.killpg(pid, _signal.SIGKILL)
    except OSError:
        pass  # it has not come to setsid()
    if ended:
        _tell(line, b".")
    _end_all(wakes, line)


def _tell(line: _socket.socket, message: bytes) -> None:
    try:
        line.send(message)
    except OSError:
        pass  # the emulator is gone


def _receive(line: _socket.socket) -> bytes:
    """Return a request; EOFError when the emulator is gone meanwhile."""
    head = _receive_exactly(line, _SIZE)
    return head + _receive_exactly(line, int.from_bytes(head, "big"))


def _receive_exactly(line: _socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = line.recv(size - len(received))
        if not chunk:
            raise EOFError
        received += chunk
    return received


class _Fork:
    """A fork that waits to become a function: forking takes as long as all the rest of a start."""

    def __init__(self) -> None:
        """Fork."""
        self._keeper, theirs = _socket.socketpair()
        keeper = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                # Should the keeper be killed, too, nothing is left that could.
                _prctl(_SET_PDEATHSIG, _signal.SIGKILL)
                if os.getppid() == keeper:
                    self._keeper.close()
                    _become_function(theirs)
            finally:
                os._exit(127)
        theirs.close()

    def run(self, request: bytes, pipes: list[int]) -> None:
        """Let it become the function of a request, with these pipes; OSError when that cannot be."""
        rights = b"".join(pipe.to_bytes(_SIZE, sys.byteorder) for pipe in pipes)
        self._keeper.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])
        self._keeper.sendall(request)
        for pipe in pipes:
            os.close(pipe)
        failure = self._keeper.recv(8192)  # ends with exec
        self._keeper.close()
        if failure:
            number, _, name = failure[1:-1].partition(b" ")
            raise OSError(int(number), "", name)


def _become_function(keeper: _socket.socket) -> None:
    """Wait for a request, in a session of its own, and become its function; tell the keeper when that cannot be."""
    os.setsid()
    for name in (*_NOT_OURS, *_SET_BY_PYTHON):
        _signal.signal(getattr(_signal, name), _signal.SIG_DFL)
    stdin, stdout = _take(keeper)
    for number, target in ((stdin, 0), (stdout, 1), (stdout, 2)):
        os.dup2(number, target)
    folder, count, *rest = _receive(keeper)[_SIZE:].split(b"\0")
    command, pairs = rest[: int(count)], rest[int(count) :]
    try:
        os.chdir(folder)
        environment = dict(pair.split(b"=", 1) for pair in pairs)
        os.execvpe(command[0], command, environment)  # noqa: S606 - the command is the emulator's
    except OSError as error:
        if error.filename is None:
            error.filename = command[0]
        keeper.send(_failure(error))


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
    try:
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            keepers.discard(pid)
    except ChildProcessError:
        return False
    return True


def _end_all(wakes: _Wakes, line: _socket.socket | None = None) -> None:
    """Kill every descendant until none is left: a subreaper without children has no descendants either.

    A process in the middle of forking is seen the next time round. `line` is closed as soon as none is left, or when
    one cannot be killed.
    """
    deadline, pause = time.monotonic() + _PATIENCE_SECONDS, 1
    while _reap(set()):
        for child in children(os.getpid()):
            _kill_tree(child)
        late = time.monotonic() > deadline
        if late and line is not None:
            line.close()
        wakes.wait([], milliseconds=pause)
        pause = min(2 * pause, _LONG_PAUSE_MS if late else _PAUSE_MS)


def _kill_tree(pid: int) -> None:
    """Kill a child and all below it.

    From above to below: who is killed cannot reap any more, so no number means somebody else meanwhile.
    """
    try:
        os.kill(pid, _signal.SIGKILL)
    except OSError:
        pass  # it has ended, or has become somebody else by way of a set-user-ID program
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

    def wait(self, descriptors: list[int], *, hang_up: int = -1, milliseconds: int | None = None) -> set[int]:
        """Return which descriptors (-1: none) can be read, and `hang_up` when the other end of that one was closed.

        Empty after the end of a child, and after the time given.
        """
        poll = select.poll()
        if hang_up >= 0:
            poll.register(hang_up, 0)
        for number in (self._pipe, *descriptors):
            if number >= 0:
                poll.register(number, select.POLLIN)
        ready = {number for number, _ in poll.poll(milliseconds)}
        try:
            while os.read(self._pipe, 512):
                pass
        except BlockingIOError:
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
