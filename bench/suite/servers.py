"""The servers that are measured, as processes of their own."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from suite import settings

PATIENCE_S = 120


class Server:
    """A started server: its `port`, and what its process takes."""

    def __init__(self, command, log, port=0, **options):
        self.log = log
        self.port = port
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, **options,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _wait_until_it_answers(self):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            if self.port == 0:
                found = re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text(errors="replace"))
                self.port = int(found.group(1)) if found else 0
            if self.port:
                with contextlib.suppress(OSError, urllib.error.URLError):
                    self.get("/health")
                    return
            time.sleep(0.02)
        raise RuntimeError(f"a server did not start; its log is {self.log}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_S) as answer:
            return answer.read()

    def _status_mib(self, name):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE).group(1)) / 1024

    def forget_peak(self):
        """From here on the peak is counted anew."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")

    def peak_rss_mib(self):
        return self._status_mib("VmHWM")

    def cpu_s(self):
        """Processor time so far."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = stat.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def heartbeat(chosen, name, *options):
    """`heartbeat serve`; its log is build/bench/<name>.log."""
    command = [
        chosen.program, "serve", "--port", 0, "--model", chosen.model, "--max-connections", 2000,
        "--max-queue", 2000, *options,
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    return Server(command, settings.RESULTS / f"{name}.log", env=environment)


@contextlib.contextmanager
def data_folder():
    """An empty folder for a history, on the disk that the build is on; gone afterwards."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="history-", dir=settings.RESULTS))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def peer():
    """The stand-in for the original, one worker, as uvicorn starts it."""
    port = _free_port()
    command = [
        "/usr/bin/python3", "-m", "uvicorn", "--app-dir", settings.ROOT / "bench/peer", "app:app",
        "--host", "127.0.0.1", "--port", port,
    ]
    return Server(
        command, settings.RESULTS / "peer.log", port=port, env=settings.peer_environment()
    )
