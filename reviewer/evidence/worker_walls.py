"""The walls around the user's code, put up before any of it is imported.

Runs in the user's Python (3.9 and newer) and imports the standard library only. Each wall is used where the system has
it; what must hold (no network, no writes outside, no process left behind, no signal to others) is then really tried,
and nothing runs unless every attempt fails. On macOS the walls are `sandbox-exec`'s, put up by whoever started this
process; that path has never been tried on a real macOS.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from reviewer.evidence import worker_linux as linux
    from reviewer.evidence import worker_probe, worker_seccomp
else:
    import worker_linux as linux
    import worker_probe
    import worker_seccomp

TEMP_BYTES = 128 * 1024 * 1024


class Missing(Exception):  # noqa: N818  # it says what is missing
    """The code cannot be isolated here; the text says why."""


class Walls:
    """What is around this process, and what each child adds."""

    def __init__(self, config: Any, lifeline: int) -> None:
        self.temp: str = config["temp"]
        self.root: str = config["root"]
        self.tool: int = config["tool"]
        self.unsandboxed: bool = config["unsandboxed"]
        self.without: set[str] = set(config["without"])  # walls to leave out, for tests of the others
        self.limits = config["limits"]
        self.lifeline = lifeline
        self.names: list[str] = []
        self.forks = hasattr(os, "fork") and sys.platform != "darwin" and "fork" not in self.without
        self.owns_pids = False  # this process is the first of its own PID namespace
        self.read_only = False  # everything but the private folder is mounted read-only
        self.process_limit = 0
        self.child_filter: Any = None

    def raise_all(self) -> None:
        """Put up every wall this system has. Raises Missing when they are not enough."""
        if self.forks:
            import resource  # noqa: F401  # here once: otherwise every child looks for it on the disk
        if sys.platform == "linux":
            self._linux()
        elif self.forks:
            self._supervised()
        if self.unsandboxed:
            return
        if sys.platform == "darwin":
            self.names.append("sandbox-exec")
        leaks = worker_probe.proof(self)
        if leaks:
            raise Missing("; ".join(leaks))

    # ------------------------------------------------------------ Linux

    def _linux(self) -> None:
        kinds = () if self.unsandboxed else linux.unshare(self.without)
        self._supervised()
        self.owns_pids = "pid" in kinds and os.getpid() == 1
        if self.unsandboxed:
            self.process_limit = self.limits["processes"] + linux.tasks_of_user()
            return
        self.names += [f"{kind} namespace" for kind in kinds if kind != "mount"]
        if "mount" in kinds and linux.mount_read_only(self.temp, TEMP_BYTES):
            self.read_only = True
            self.names.append("read-only mounts")
        alone = linux.become_nobody_else("user" in kinds)
        self.process_limit = self.limits["processes"] + (0 if alone else linux.tasks_of_user())
        linux.drop_capabilities()
        linux.no_new_privileges()
        if "landlock" not in self.without:
            scopes = "scope" not in self.without
            abi = linux.landlock(self.temp, self.read_only, scopes)
            if abi:
                self.names.append("landlock")
        if "seccomp" not in self.without and worker_seccomp.seccomp(worker_seccomp.server_filter(self.read_only)):
            self.names.append("seccomp")
        linux.die_with_parent()
        self.names.append("resource limits")
        countable = alone or os.geteuid() != 0
        self.child_filter = worker_seccomp.child_filter(signals=self.owns_pids, forks=countable)

    def _supervised(self) -> None:
        """Go on in a child, while this process waits to end everything when the tool or the child is gone."""
        linux.adopt_orphans()
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            os.close(write)
            linux.adopt_orphans()
            linux.die_with_parent()
            return
        os.set_blocking(write, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(write)
        poll = select.poll()
        poll.register(self.lifeline, 0)  # no events: only the hang-up is reported
        poll.register(read, select.POLLIN)
        while not poll.poll(None):
            pass
        end_process(pid)
        linux.end_descendants()
        os._exit(0)

    # ------------------------------------------------------------ children

    def enter_child(self, limits: Any, runs: bool) -> None:
        """What a child puts on itself before it runs user code; `runs`: a case, not an import."""
        import resource

        memory, seconds = limits["memory_bytes"], limits["cpu_seconds"]
        if not runs:
            memory, seconds = 8 * memory, limits["import_seconds"]
        seconds += time.process_time()
        files = min(limits["files"], resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        wanted = {
            "RLIMIT_CPU": (max(1, int(seconds)), max(1, int(seconds)) + 1),
            "RLIMIT_AS": (linux.memory_now() + memory,) * 2,
            "RLIMIT_FSIZE": (limits["file_bytes"],) * 2,
            "RLIMIT_NOFILE": (files,) * 2,
            "RLIMIT_CORE": (0, 0),
        }
        if self.process_limit:
            wanted["RLIMIT_NPROC"] = (self.process_limit,) * 2
        for name, values in wanted.items():
            if hasattr(resource, name):
                hard = resource.getrlimit(getattr(resource, name))[1]
                bounded = tuple(one if hard == resource.RLIM_INFINITY else min(one, hard) for one in values)
                resource.setrlimit(getattr(resource, name), bounded)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.child_filter is not None:
            worker_seccomp.seccomp(self.child_filter)

    def end_all(self, pid: int, status: int | None) -> int | None:
        """Kill a child and all it left behind; return its wait status."""
        if self.owns_pids:
            # From the first process of a PID namespace this reaches every other one, at once and nobody else.
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                pass
            while True:
                try:
                    gone, how = os.wait()
                except ChildProcessError:
                    return status
                if gone == pid:
                    status = how
        if status is None:
            status = end_process(pid)
        linux.end_descendants()
        return status

    def overfull(self) -> bool:
        """Whether the processes of a run together hold more memory than one may; known with a PID namespace only."""
        if not self.owns_pids:
            return False
        limit: int = self.limits["memory_bytes"]
        return linux.memory_of_others() > limit

    def clear(self) -> None:
        """Empty the private folder, so that no run finds what another one left there or filled."""
        try:
            if self.read_only:
                os.chmod(self.temp, 0o700)
            names = os.listdir(self.temp)
        except OSError:
            return
        for name in names:
            path = os.path.join(self.temp, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                try:
                    os.unlink(path)
                except OSError:
                    continue

    def leave(self) -> None:
        """Before a normal end: nothing stays behind."""
        if self.forks and not self.owns_pids:
            linux.end_descendants()


def end_process(pid: int) -> int | None:
    """Kill one child and wait for it; return its wait status."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return None
