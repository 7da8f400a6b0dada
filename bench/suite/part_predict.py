"""`heartbeat predict` over a folder, and where its time goes."""

import csv
import io
import json
import subprocess

from suite.measure import median, run_process, spread

STAGES = ("decode", "quality", "features", "network")
MAX_STAGED = 200


def heard(chosen, paths):
    """(the recordings that can be heard, their seconds)"""
    answer = subprocess.run(
        [chosen.program, "predict", "--csv", "--quiet", "--model", chosen.model, *paths],
        stdout=subprocess.PIPE, text=True, check=False,
    )
    rows = [row for row in csv.DictReader(io.StringIO(answer.stdout)) if row["duration_s"]]
    if not rows:
        raise RuntimeError("heartbeat predict heard nothing")
    return [row["file"] for row in rows], sum(float(row["duration_s"]) for row in rows)


def run(chosen, say):
    rounds = chosen.pick(3, 5)
    recordings, sound_s = heard(chosen, chosen.recordings())
    say(f"{len(recordings)} recordings")
    # A few recordings are over before the clock says much, so that they are given several times.
    times_given = max(1, 200 // len(recordings))
    paths = recordings * times_given
    sound_s *= times_given
    command = [chosen.program, "predict", "--csv", "--quiet", "--model", chosen.model, *paths]
    runs = [run_process(command) for _ in range(rounds)]
    say("stages")
    staged = recordings[:: max(1, len(recordings) // MAX_STAGED)]
    answer = subprocess.run(
        [chosen.bench_program("stages"), chosen.model, str(rounds), *staged],
        stdout=subprocess.PIPE, text=True, check=True,
    )
    stages = json.loads(answer.stdout)
    whole_ms = median(stages["whole_ms"])
    parts = {stage: median(stages[f"{stage}_ms"]) for stage in STAGES}
    parts["rest"] = max(0.0, whole_ms - sum(parts.values()))
    return {
        "recordings": len(recordings),
        "times_given": times_given,
        "sound_s": sound_s,
        "wall_s": spread([run["wall_s"] for run in runs]),
        "times_real_time": spread([sound_s / run["wall_s"] for run in runs]),
        "times_processor_time": spread([sound_s / run["cpu_s"] for run in runs]),
        "peak_rss_mib": max(run["peak_rss_mib"] for run in runs),
        "staged_recordings": stages["files"],
        "staged_sound_s": stages["sound_s"],
        "one_thread_times_real_time": stages["sound_s"] / (whole_ms / 1e3),
        "stage_ms": parts,
        "stage_share": {stage: took / sum(parts.values()) for stage, took in parts.items()},
    }
