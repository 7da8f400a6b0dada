"""Where things are, and how long everything may take."""

import dataclasses
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
RESULTS = ROOT / "build/bench"
# Debian's python3-scipy, unpacked by script/bootstrap --bench: it cannot be installed beside
# libboost1.81-dev.
UNPACKED = RESULTS / "debian"

SOUND_SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}


def peer_environment():
    """The environment of Python programs that need what is unpacked."""
    environment = dict(os.environ)
    for name, folder in (
        ("PYTHONPATH", "usr/lib/python3/dist-packages"),
        ("LD_LIBRARY_PATH", f"usr/lib/{os.uname().machine}-linux-gnu"),
    ):
        parts = [str(UNPACKED / folder), environment.get(name, "")]
        environment[name] = ":".join(filter(None, parts))
    return environment


@dataclasses.dataclass(frozen=True)
class Settings:
    scale: str = "normal"  # quick, normal or full
    data: pathlib.Path = ROOT / "tests/data"
    model: pathlib.Path = ROOT / "models/heartbeat.onnx"

    def pick(self, quick, normal, full=None):
        """The value for this scale; that of normal where full has none of its own."""
        choices = {"quick": quick, "normal": normal, "full": normal if full is None else full}
        return choices[self.scale]

    @property
    def program(self):
        return BUILD / "bin/heartbeat"

    def bench_program(self, name):
        return BUILD / "bin/bench" / name

    def recordings(self):
        """Every recording below `data`, sorted."""
        found = sorted(p for p in self.data.rglob("*") if p.suffix.lower() in SOUND_SUFFIXES)
        if not found:
            raise SystemExit(f"bench: {self.data} has no recordings; name another with --data.")
        return found
