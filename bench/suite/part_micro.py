"""The Google Benchmark programs, one per room."""

import json
import os
import subprocess

from suite import settings

PROGRAMS = ("machine", "analysis", "features", "nn", "store")
# counter -> (what is counted, how many make one of it)
PER_SECOND = {
    "sound_s": ("s of sound", 1),
    "MAC": ("billion multiply-accumulates", 1e9),
    "FLOP": ("billion floating-point operations", 1e9),
    "bytes_per_second": ("GB", 1e9),
    "added": ("predictions", 1),
}
MS_IN = {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}


def run(chosen, say):
    minimum_s = chosen.pick("0.1", "0.5")
    figures = {}
    for name in PROGRAMS:
        say(name)
        out = settings.RESULTS / f"micro-{name}.json"
        subprocess.run(
            [
                str(chosen.bench_program(f"{name}_bench")), f"--benchmark_out={out}",
                "--benchmark_out_format=json", f"--benchmark_min_time={minimum_s}",
            ],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HEARTBEAT_BENCH_MODEL=str(chosen.model),
                     HEARTBEAT_BENCH_ROWS=chosen.pick("100000", "100000", "1000000")),
        )
        for row in json.loads(out.read_text())["benchmarks"]:
            if row.get("error_occurred"):
                raise RuntimeError(f"{name}: {row['name']}: {row['error_message']}")
            rates = [
                {"of": what, "per_s": row[counter] / unit}
                for counter, (what, unit) in PER_SECOND.items()
                if counter in row
            ]
            clock = "real_time" if "real_time" in row["name"] else "cpu_time"
            figures[f"{name}: {row['name'].removeprefix('BM_')}"] = {
                "time_ms": row[clock] * MS_IN[row["time_unit"]],
                "rate": rates[0] if rates else None,
            }
    return {"benchmarks": figures}
