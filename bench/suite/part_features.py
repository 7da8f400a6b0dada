"""Our front end against SciPy and torchaudio: the same recordings, the same parameters, one thread."""

import contextlib
import json
import tempfile

from suite import settings
from suite.measure import LineServer, median, spread

PEERS = ("scipy", "torchaudio")
MAX_RECORDINGS = 24
# Decibels. Peers work in float32 as ours does, and a band that is nearly silent is the difference of
# large numbers: quieter than this no two of them agree.
TOLERANCE_DB = 0.1


def compare(chosen, front_end, say):
    rounds = chosen.pick(5, 11)
    recordings = chosen.recordings()[:MAX_RECORDINGS]
    one_thread = dict(
        settings.peer_environment(), OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"
    )
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ours = stack.enter_context(
            LineServer([chosen.bench_program("features_peer"), front_end, folder, *recordings])
        )
        head = ours.read()
        theirs = stack.enter_context(
            LineServer(
                ["/usr/bin/python3", settings.ROOT / "bench/suite/features_worker.py", folder,
                 json.dumps(head["config"])],
                env=one_thread,
            )
        )
        differences = theirs.read()["largest_difference_db"]
        for peer, difference in differences.items():
            if not difference <= TOLERANCE_DB:
                raise RuntimeError(f"{peer} and ours differ by {difference:.3g} dB")
        times = {"ours": [], "scipy": [], "torchaudio": []}
        for turn in range(rounds):
            say(f"round {turn + 1}")
            times["ours"].append(median(ours.ask("5")["times_ms"]))
            for peer in PEERS:
                times[peer].append(median(theirs.ask(f"{peer} 2")["times_ms"]))
    return {
        "config": head["config"],
        "recordings": len(recordings),
        "sound_s": sum(head["durations_s"]),
        "ours_ms": spread(times["ours"]),
        "peers": {
            peer: {
                "ms": spread(times[peer]),
                "ratio": spread([a / b for a, b in zip(times[peer], times["ours"])]),
                "largest_difference_db": differences[peer],
            }
            for peer in PEERS
        },
    }


def run(chosen, say):
    return {
        "tolerance_db": TOLERANCE_DB,
        "shipped": compare(chosen, chosen.model, say),
        "original": compare(chosen, "original", say),
    }
