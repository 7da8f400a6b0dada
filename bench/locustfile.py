"""Users who post real recordings to /predict, for Locust.

    locust -f bench/locustfile.py --host http://127.0.0.1:8000 --headless -u 100 -r 50 -t 2m

Each waits for its answer and then half a second to one and a half. The recordings are those of the
folder HEARTBEAT_BENCH_DATA, by default tests/data.
"""

import os
import pathlib
import random

from locust import HttpUser, between, task

FOLDER = pathlib.Path(
    os.environ.get(
        "HEARTBEAT_BENCH_DATA", pathlib.Path(__file__).resolve().parent.parent / "tests/data"
    )
)
SUFFIXES = {".wav", ".flac", ".ogg", ".mp3"}
MAX_RECORDINGS = 200
RECORDINGS = [
    (path.name, path.read_bytes())
    for path in sorted(p for p in FOLDER.rglob("*") if p.suffix in SUFFIXES)[:MAX_RECORDINGS]
]
if not RECORDINGS:
    raise SystemExit(f"{FOLDER} has no recordings; name another folder with HEARTBEAT_BENCH_DATA.")


class Clinic(HttpUser):
    wait_time = between(0.5, 1.5)

    @task
    def predict(self):
        name, content = random.choice(RECORDINGS)
        files = {"file": (name, content)}
        with self.client.post("/predict", files=files, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif answer.json()["predicted_class"] not in ("normal", "abnormal"):
                answer.failure("no class in the answer")
