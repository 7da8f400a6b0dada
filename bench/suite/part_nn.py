"""Our network's run against ONNX Runtime: the same model, the same input, in turn."""

import contextlib

from suite import settings
from suite.measure import LineServer, median, spread

THREADS = (1, 2)
BATCHES = (1, 4, 16)
# Of the largest output; both round in float32 and add in other orders.
TOLERANCE = 1e-4


def largest_difference(ours, theirs):
    """Of two lists of outputs, relative to the largest value of each output."""
    if [len(output) for output in ours] != [len(output) for output in theirs]:
        raise RuntimeError("nn and ONNX Runtime give outputs of other sizes")
    return max(
        max(abs(a - b) for a, b in zip(mine, other)) / max(1e-6, *map(abs, other))
        for mine, other in zip(ours, theirs)
    )


def run(chosen, say):
    rounds = chosen.pick(7, 15)
    runs_of = {1: 40, 4: 12, 16: 4}
    points = []
    for threads in THREADS:
        with contextlib.ExitStack() as stack:
            ours = stack.enter_context(
                LineServer([chosen.bench_program("nn_peer"), chosen.model, threads])
            )
            theirs = stack.enter_context(
                LineServer(
                    ["node", settings.ROOT / "tests/onnxruntime/nn_peer.mjs", chosen.model, threads]
                )
            )
            for batch in BATCHES:
                say(f"{threads} threads, batch {batch}")
                line = f"{batch} {runs_of[batch]}"
                difference = largest_difference(
                    ours.ask(line)["outputs"], theirs.ask(line)["outputs"]
                )
                if difference > TOLERANCE:
                    raise RuntimeError(f"nn and ONNX Runtime differ by {difference:.2g}")
                pairs = []
                for _ in range(rounds):
                    mine = median(ours.ask(line)["times_ms"])
                    pairs.append((mine, median(theirs.ask(line)["times_ms"])))
                points.append(
                    {
                        "threads": threads,
                        "batch": batch,
                        "ours_ms": spread([mine for mine, _ in pairs]),
                        "theirs_ms": spread([other for _, other in pairs]),
                        "ratio": spread([mine / other for mine, other in pairs]),
                        "difference": difference,
                    }
                )
    return {"rounds": rounds, "tolerance": TOLERANCE, "points": points}
