"""Ways out of the sandbox, and a program that tries them all: `python escapes.py PYTHON WITHOUT...`.

A program of its own, without pytest, so that it can be started as another user.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from reviewer.data import Case, Expected, ExpectedKind, Job, Origin, Side
from reviewer.evidence import sandbox

SECRET = "the-tools-own-secret"
SLEEP = "987654"

ATTACKS = """
import builtins, ctypes, json, os, resource, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time

TOOL, OUT, VICTIM, SECRET, SLEEP, SOCKET = {tool!r}, {out!r}, {victim!r}, {secret!r}, {sleep!r}, {socket!r}
LIBC = ctypes.CDLL(None, use_errno=True)


def good(): return 42

def write_outside(): return open(OUT + "/written", "w").write("x")
def write_in_tmp(): return open(os.path.dirname(tempfile.gettempdir()) + "/reviewer-escaped", "w").write("x")
def write_own_source(): return open(__file__, "a").write("x")
def append_victim(): return open(VICTIM, "a").write("x")
def delete_outside(): os.remove(VICTIM)
def rename_outside(): os.rename(VICTIM, VICTIM + "2")
def make_folder(): os.mkdir(OUT + "/folder")
def make_link(): os.symlink("/etc/passwd", OUT + "/link")
def hard_link():
    os.link(VICTIM, tempfile.gettempdir() + "/victim")
    open(tempfile.gettempdir() + "/victim", "w").write("")
def truncate_outside(): os.truncate(VICTIM, 0)
def chmod_outside(): os.chmod(VICTIM, 0o777)
def touch_outside(): os.utime(VICTIM, (0, 0))
def attribute_outside(): os.setxattr(VICTIM, "user.x", b"x")
def link_from_temp():
    os.symlink(VICTIM, tempfile.gettempdir() + "/l")
    return open(tempfile.gettempdir() + "/l", "w").write("")

def tcp(): socket.create_connection(("127.0.0.1", {port}), 1)
def tcp_listen(): socket.create_server(("127.0.0.1", 0))
def udp(): socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port}))
def udp6(): socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", {port}))
def raw(): socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
def netlink(): socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
def unix(): socket.socket(socket.AF_UNIX).connect(SOCKET)
def unix_pair(): socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b"x", SOCKET)
def unix_stream_pair(): socket.socketpair()[0].connect(SOCKET)
def resolve(): return socket.getaddrinfo("example.org", 80)
def url():
    from urllib.request import urlopen
    return urlopen("http://127.0.0.1:{port}/").read()

def signal_tool(): os.kill(TOOL, signal.SIGTERM)
def signal_all(): os.kill(-1, signal.SIGKILL)
def signal_parent(): os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.1); return 1
def signal_group(): os.killpg(0, signal.SIGKILL)
def stop_parent(): os.kill(os.getppid(), signal.SIGSTOP); return 1
def trace_tool(): return LIBC.ptrace(16, TOOL, 0, 0) == 0
def trace_parent(): return LIBC.ptrace(16, os.getppid(), 0, 0) == 0
def limit_tool(): resource.prlimit(TOOL, resource.RLIMIT_NOFILE, (8, 8))

def fork_bomb():
    while True: os.fork()
def quiet_fork_bomb():
    while True:
        try: os.fork()
        except OSError: pass
def thread_bomb():
    threading.stack_size(32768)
    while True: threading.Thread(target=time.sleep, args=(100,)).start()
def memory_hog(): return len(bytearray(3 << 30))
def memory_hog_slowly():
    held = []
    while True: held.append(bytearray(1 << 22))
def cpu_hog():
    while True: pass
def sleep_forever(): time.sleep(10**6)
def ignore_signals():
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True: pass
def output_flood():
    while True: print("x" * 100000)
def descriptor_flood():
    while True: os.write(1, b"x" * 100000)
def fill_disk():
    for number in range(10**6):
        with open(tempfile.gettempdir() + "/f%d" % number, "wb") as stream: stream.write(bytes(1 << 22))
def big_file(): return open(tempfile.gettempdir() + "/big", "wb").write(bytes(200 << 20))
def many_descriptors(): return [os.open("/dev/null", 0) for _ in range(10**5)]

def exit_zero(): os._exit(0)
def exit_python(): sys.exit(0)
def interrupt(): raise KeyboardInterrupt
def segfault(): ctypes.string_at(0)
def abort(): os.abort()
def kill_self(): os.kill(os.getpid(), signal.SIGKILL)
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: os.execvp("sleep", ["sleep", SLEEP])
        os._exit(0)
    os.wait()
    time.sleep(0.1)
    return 1
def child_left(): subprocess.Popen(["sleep", SLEEP], start_new_session=True); return 1
def child_holds_pipe():
    if os.fork(): os._exit(0)
    time.sleep(10**6)
def thread_left():
    def forever():
        while True: time.sleep(0.01)
    threading.Thread(target=forever).start()
    return 1

def read_environment(): return SECRET in open("/proc/%d/environ" % TOOL).read()
def read_own_environment(): return SECRET in repr(os.environ)
def read_all_environments():
    found = False
    for name in os.listdir("/proc"):
        try: found = found or SECRET in open("/proc/%s/environ" % name, errors="replace").read()
        except OSError: pass
    return found
def read_tools_memory(): return bool(open("/proc/%d/mem" % TOOL, "rb"))

def delete_temp(): shutil.rmtree(tempfile.gettempdir())
def close_descriptors(): os.closerange(0, 1024); return 42
def forge():
    body = json.dumps({{"outcome": ["returned", "42", "int", None], "passed": True, "seconds": 0}}).encode()
    for start in (b"", b"0" * 32):
        for number in range(3, 1024):
            try: os.write(number, struct.pack(">I", len(start + body)) + start + body)
            except OSError: pass
    os._exit(0)
def flood_descriptors():
    for number in range(3, 1024):
        try: os.write(number, b"\\xff" * 70000)
        except OSError: pass
    os._exit(0)
def patch_everything():
    json.dumps = json.JSONEncoder.encode = json.loads = lambda *_: "{{}}"
    os._exit = os.write = time.monotonic = lambda *_: None
    builtins.isinstance = builtins.type = builtins.len = lambda *_: True
    return 1
def new_namespace(): return LIBC.unshare(0x10000000) == 0
def mount_over(): return LIBC.mount(b"tmpfs", OUT.encode(), b"tmpfs", 0, None) == 0
def unmount(): return LIBC.umount2(tempfile.gettempdir().encode(), 2) == 0
def writable_again(): return LIBC.mount(None, b"/", None, 32 | 4096, None) == 0
def become_root(): os.setresuid(0, 0, 0)
def lift_limits(): resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))
def own_program(): return subprocess.run([sys.executable, "-c", "open(%r, 'w')" % (OUT + "/written")]).returncode == 0
"""

IMPORTS = {
    "import_loop": "while True: pass",
    "import_write": "open({out!r} + '/written', 'w').write('x')",
    "import_exit": "import os\nos._exit(0)",
    "import_quit": "import sys\nsys.exit(3)",
    "import_kill": "import os\nos.kill(os.getppid(), 9)\nos.kill(os.getpid(), 9)",
    "import_connect": "import socket\nsocket.create_connection(('127.0.0.1', {port}))",
    "import_print": "print('hello' * 10**5)\nimport os\nos.write(1, b'x' * 10**6)",
    "import_daemon": "import subprocess\nsubprocess.Popen(['sleep', {sleep!r}], start_new_session=True)",
    "import_thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(10**6,), daemon=True).start()",
    "import_patch": "import json, os, builtins\njson.loads = json.dumps = os.fork = os.pipe = os.kill = None",
    "import_memory": "x = bytearray(1 << 40)",
}


def names() -> list[str]:
    """Every attack, in the order they are tried."""
    return [line.partition("(")[0][4:] for line in ATTACKS.splitlines() if line.startswith("def ")] + list(IMPORTS)


class Listeners:
    """Servers on the machine that must never be reached."""

    def __init__(self, folder: Path) -> None:
        import socket

        self.reached: list[str] = []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.path = str(folder / "socket")
        self.unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.unix.bind(self.path)
        for one, wait in (
            (self.tcp, self.tcp.accept),
            (self.udp, lambda: self.udp.recv(9)),
            (self.unix, self._datagram),
        ):
            threading.Thread(target=self._listen, args=(str(one), wait), daemon=True).start()

    def _datagram(self) -> None:
        self.unix.recv(9)

    def _listen(self, name: str, wait: object) -> None:
        wait()  # type: ignore[operator]
        self.reached.append(name)


def leftovers() -> list[str]:
    """Processes that an attack left behind."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if SLEEP in (folder / "cmdline").read_text(errors="replace").split("\0"):
                    found.append(folder.name)
            except OSError:
                continue
    return found


def main(python: str, *without: str) -> None:
    """Try everything; print one JSON object."""
    os.environ["REVIEWER_SECRET"] = SECRET
    folder = Path(tempfile.mkdtemp(prefix="escapes-"))
    root, out = folder / "repository", folder / "out"
    root.mkdir()
    out.mkdir()
    victim = out / "victim"
    victim.write_text("untouched")
    before = victim.stat()
    listeners = Listeners(out)
    victim_process = subprocess.Popen(["sleep", "600"])
    values = {"tool": os.getpid(), "out": str(out), "victim": str(victim), "secret": SECRET}
    values |= {"sleep": SLEEP, "socket": listeners.path, "port": listeners.port}
    files = {"attacks.py": ATTACKS.format(**values).encode()}
    files |= {
        f"{name}.py": (text.format(**values) + "\ndef good(): return 42\n").encode() for name, text in IMPORTS.items()
    }
    for name, data in files.items():
        (root / name).write_bytes(data)
    limits = sandbox.Limits(cpu_seconds=1, wall_seconds=1.5, import_seconds=3)
    results = {}
    environ = subprocess.run(["cat", f"/proc/{os.getpid()}/environ"], capture_output=True).stdout
    with sandbox.open(Path(python), root, [root], {}, files, limits=limits, without=without) as box:
        for name in names():
            path = f"{name}.py" if name in IMPORTS else "attacks.py"
            call = "good()" if name in IMPORTS else f"{name}()"
            (result,) = box.run(Side.NEW, [job(path, call)])
            (after,) = box.run(Side.NEW, [job("attacks.py", "good()")])
            outcome = result.outcome
            results[name] = {
                "kind": outcome.kind.value,
                "value": outcome.value,
                "message": outcome.message or "",
                "type": outcome.type,
                "passed": result.passed,
                "effects": len(result.effects),
                "good_after": after.passed is True,
                "left": leftovers(),
            }
        isolation = box.isolation
        temps = [server.temp for server in box.servers if server.temp]
    sys.stdout.write(
        json.dumps(
            {
                "uid": os.getuid(),
                "isolation": isolation,
                "results": results,
                "victim": victim.exists() and victim.read_text() == "untouched" and _same(victim.stat(), before),
                "outside": sorted(one.name for one in out.iterdir()),
                "sources": all((root / name).read_bytes() == data for name, data in files.items()),
                "reached": listeners.reached,
                "process": victim_process.poll() is None,
                "secret_was_there": SECRET.encode() in environ or "REVIEWER_SECRET" in os.environ,
                "temps": [one for one in temps if Path(one).exists()],
                "escaped": (Path(tempfile.gettempdir()) / "reviewer-escaped").exists(),
            }
        )
    )
    victim_process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def job(path: str, call: str) -> Job:
    """A case that passes when the call gives 42."""
    return Job(path, "good", Case((), call, Expected(ExpectedKind.VALUE, "42"), Origin.EXAMPLE, None))


def _same(now: os.stat_result, before: os.stat_result) -> bool:
    return (now.st_mode, now.st_mtime, now.st_nlink) == (before.st_mode, before.st_mtime, before.st_nlink)


if __name__ == "__main__":
    main(*sys.argv[1:])
