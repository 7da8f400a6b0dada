"""What was measured on, and with which versions."""

import os
import pathlib
import platform
import subprocess

from suite import settings

PACKAGES = {
    "oneDNN": "libdnnl2",
    "SQLite": "libsqlite3-0",
    "FastAPI": "python3-fastapi",
    "uvicorn": "python3-uvicorn",
    "PyTorch": "python3-torch",
    "torchaudio": "python3-torchaudio",
    "NumPy": "python3-numpy",
    "OpenBLAS": "libopenblas0-pthread",
    "wrk": "wrk",
    "Locust": "python3-locust",
}


def ask(*command):
    """The first line that a command prints; "" where it cannot be run."""
    try:
        answer = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            check=False, cwd=settings.ROOT,
        )
    except OSError:
        return ""
    return answer.stdout.split("\n")[0].strip()


def commit():
    changed = ask("git", "status", "--porcelain", "--untracked-files=no", "--", "src", "bench",
                  "models")
    return (ask("git", "rev-parse", "--short", "HEAD") or "unknown") + ("+" if changed else "")


def _field(path, name):
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def describe():
    memory_kib = int(_field("/proc/meminfo", "MemTotal").split()[0])
    model, *_ = sorted((settings.UNPACKED / ".").glob("python3-scipy_*.deb")) or [None]
    versions = {
        "heartbeat": ask(settings.BUILD / "bin/heartbeat", "--version").removeprefix("heartbeat "),
        "GCC": ask("c++", "-dumpfullversion"),
        "Python": platform.python_version(),
        "Node.js": ask("node", "--version"),
        "SciPy": model.name.split("_")[1] if model else "",
    }
    for name, package in PACKAGES.items():
        versions[name] = ask("dpkg-query", "-W", "-f=${Version}", package)
    lock = settings.ROOT / "tests/onnxruntime/package.json"
    if lock.is_file():
        versions["onnxruntime-node"] = lock.read_text().split('"onnxruntime-node": "')[1].split('"')[0]
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": memory_kib / 1024**2,
        "kernel": platform.release(),
        "system": _os_name(),
        "versions": {name: version for name, version in versions.items() if version},
    }


def _os_name():
    release = platform.freedesktop_os_release()
    return release.get("PRETTY_NAME", "unknown")
