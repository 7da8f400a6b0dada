"""What the tests of faults share: disks that fill up and fail, limits, and looks at a process."""

import contextlib
import glob
import os
import resource
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from harness import PATIENCE_S


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(f"{command[0]}: {done.stderr.strip()}; run this test as root on a "
                                "machine that lets it mount")


@contextlib.contextmanager
def small_disk(size_mib):
    """A folder on a file system of its own, which is full after `size_mib`."""
    with tempfile.TemporaryDirectory(prefix="heartbeat-disk-") as folder:
        _run("mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", folder)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


class FailingDisk:
    """An ext4 of its own in `folder`, which fail() makes read-only under whoever writes, as the
    kernel does after an error of the disk."""

    def __init__(self):
        self._place = tempfile.TemporaryDirectory(prefix="heartbeat-disk-")
        self.folder = Path(self._place.name) / "mounted"
        self._image = Path(self._place.name) / "image"

    def __enter__(self):
        self.folder.mkdir()
        with open(self._image, "wb") as image:
            image.truncate(64 << 20)
        _run("mkfs.ext4", "-q", self._image)
        self._mount()
        return self

    def _mount(self):
        _run("mount", "-o", "loop,errors=remount-ro", self._image, self.folder)

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)
        self._place.cleanup()

    def fail(self):
        source = subprocess.run(["findmnt", "-no", "SOURCE", self.folder], capture_output=True,
                                text=True, check=True).stdout.strip()
        trigger = Path("/sys/fs/ext4", Path(source).name, "trigger_fs_error")
        try:
            trigger.write_text("1")
        except OSError as error:
            raise unittest.SkipTest(f"this kernel does not let ext4 fail: {error}") from error

    def repair(self):
        """Nobody may use it any more."""
        _run("umount", self.folder)
        subprocess.run(["fsck.ext4", "-fy", self._image], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=PATIENCE_S, check=False)
        self._mount()


class MemoryGroup:
    """A control group (version 1 or 2) with a limit, which what is started within the block
    belongs to: a process that takes more is killed by the kernel."""

    def __init__(self, limit_bytes):
        v1 = Path("/sys/fs/cgroup/memory")
        self._is_v1 = v1.is_dir()
        self._root = v1 if self._is_v1 else Path("/sys/fs/cgroup")
        self.path = self._root / f"heartbeat-test-{os.getpid()}"
        self._limit = limit_bytes

    def __enter__(self):
        try:
            self.path.mkdir()
        except OSError as error:
            raise unittest.SkipTest(f"no control group can be made here ({error}); run this test as "
                                    "root") from error
        try:
            name = "memory.limit_in_bytes" if self._is_v1 else "memory.max"
            (self.path / name).write_text(str(self._limit))
            self._enter(self.path)
        except OSError as error:
            self.path.rmdir()
            raise unittest.SkipTest(f"no limit of memory can be set here: {error}") from error
        return self

    def leave(self):
        """What this process starts from now on is free; what it started within stays."""
        self._enter(self._root)

    @staticmethod
    def _enter(group):
        (group / "cgroup.procs").write_text(str(os.getpid()))

    def peak_bytes(self):
        name = "memory.max_usage_in_bytes" if self._is_v1 else "memory.peak"
        return int((self.path / name).read_text())

    def __exit__(self, *_):
        self.leave()
        self.path.rmdir()


def is_sanitized():
    """Whether the program is built with a sanitizer, which has memory and libraries of its own."""
    content = harness.PROGRAM.read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


def need_no_sanitizer():
    if is_sanitized():
        raise unittest.SkipTest("a sanitizer takes memory and the place of functions itself; the "
                                "release build runs this test")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def status_kib(pid, key):
    """Such as VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


@contextlib.contextmanager
def limited(pid, what, most):
    """The process has this soft limit, such as resource.RLIMIT_NOFILE, within the block."""
    before = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (most, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, what, before)


class Clock:
    """A wall clock that only what is started with `environment` sees, and that jumps (libfaketime).
    Clocks that never jump are left alone, as a system's are."""

    def __init__(self, folder):
        need_no_sanitizer()
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise unittest.SkipTest("libfaketime is not installed; script/bootstrap --test "
                                    "installs it")
        self._file = Path(folder) / "clock"
        self.jump(0)
        self.environment = {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(self._file),
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                            "DONT_FAKE_MONOTONIC": "1"}

    def jump(self, seconds):
        """From the real time."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.replace(self._file)
