"""features_worker.py: the peers' side of part_features, in a process of its own that is held to one
thread: the folder that features_peer wrote and its first line in; each line of input, "PEER RUNS", is
answered by {"times_ms": [run]}. The first line that it prints says how far each peer is from ours."""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from suite import feature_peers  # noqa: E402


def main(folder, config):
    torch.set_num_threads(1)
    count = len(list(folder.glob("*.samples.npy")))
    recordings = [np.load(folder / f"{i}.samples.npy")[0] for i in range(count)]
    expected = [np.load(folder / f"{i}.features.npy") for i in range(count)]
    peers = {"scipy": feature_peers.SciPy(config), "torchaudio": feature_peers.Torchaudio(config)}
    differences = {
        name: [float(abs(peer(x) - y).max()) for x, y in zip(recordings, expected)]
        for name, peer in peers.items()
    }
    print(json.dumps({"largest_difference_db": {k: max(v) for k, v in differences.items()}}),
          flush=True)
    for line in sys.stdin:
        name, runs = line.split()
        times_ms = []
        for _ in range(int(runs)):
            began = time.perf_counter()
            for recording in recordings:
                peers[name](recording)
            times_ms.append((time.perf_counter() - began) * 1e3)
        print(json.dumps({"times_ms": times_ms}), flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]))
