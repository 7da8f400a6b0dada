#!/usr/bin/env python3
"""POST /batch-predict of the real server with real recordings.

usage: test_batch.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness
from harness import Server, ServerTest
from sounds import wav

MIB = 1 << 20


def memory_bytes(pid, key):
    """`key`: of /proc/PID/status, such as RssAnon: memory that is the process' own, and no file."""
    found = re.search(rf"^{key}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
    return int(found.group(1)) << 10


def peak_memory(pid, work):
    """The most own memory of the process while `work` is done."""
    peak = 0
    done = threading.Event()

    def watch():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, memory_bytes(pid, "RssAnon"))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return peak


class BatchTest(ServerTest):
    def recordings(self):
        return sorted(harness.DATA.glob("*.flac"))

    def test_says_of_each_what_it_says_of_it_alone(self):
        files = [(path.name, path.read_bytes()) for path in self.recordings()]
        self.assertGreater(len(files), 5)
        files.insert(2, ("notes.txt", b"no sound " * 9))
        with Server() as server:
            answer = server.batch(files)
            self.assertEqual(answer.status_code, 200, answer.text)
            batch = answer.json()
            self.assertEqual([result["file_name"] for result in batch["results"]],
                             [name for name, _ in files])
            self.assertEqual(batch["predictions"], batch["results"])
            self.assertEqual(batch["total"], len(files))
            abnormal = 0
            for (name, content), result in zip(files, batch["results"]):
                alone = server.predict(content, name=name)
                if result["status"] == "success":
                    for key in ("probability_abnormal", "verdict", "windows", "recording"):
                        self.assertEqual(result[key], alone.json()[key], name)
                    abnormal += result["predicted_class"] == "abnormal"
                else:
                    self.assertEqual(result["error"], alone.json()["detail"])
                    self.assertEqual(result["type"], alone.json()["type"])
            heard = len(files) - 1
            self.assertEqual(batch["batch_summary"], {
                "total_files": len(files), "successful": heard, "failed": 1,
                "normal_count": heard - abnormal, "abnormal_count": abnormal,
                "abnormal_rate": abnormal / heard,
            })
            self.assertEqual(server.get("/metrics").json()["predictions_served"], 2 * heard)

    def test_lets_others_be_answered_meanwhile(self):
        long_sound = wav(60, rate=4000)
        with Server("--threads", "1") as server:
            answers = []
            batch = threading.Thread(
                target=lambda: answers.append(server.batch([("a", long_sound)] * 30)))
            batch.start()
            while server.get("/metrics").json()["predictions_served"] == 0:
                time.sleep(0.01)
            single = server.predict((harness.DATA / "b0002.flac").read_bytes())
            self.assertEqual(single.status_code, 200)
            self.assertEqual(answers, [], "the batch was answered first")
            batch.join()
            self.assertEqual(answers[0].json()["batch_summary"]["successful"], 30)

    def test_200_mib_are_not_200_mib_of_memory(self):
        sound = wav(40, rate=96000)  # 7.3 MiB
        with Server("--threads", "2") as server:
            def hear_singly():
                with ThreadPoolExecutor(2) as pool:
                    for answer in pool.map(lambda _: server.predict(sound), range(8)):
                        self.assertEqual(answer.status_code, 200)

            answers = []
            hear_singly()
            singly = peak_memory(server.process.pid, hear_singly)
            together = peak_memory(server.process.pid, lambda: answers.append(
                server.batch([(f"{i}.wav", sound) for i in range(29)])))
            self.assertEqual(answers[0].json()["batch_summary"]["successful"], 29)
            sent = int(answers[0].request.headers["Content-Length"])
            self.assertGreater(sent, 200 * MIB)
            print(f"\n  {sent / MIB:.0f} MiB in one batch: at most {together / MIB:.0f} MiB of own "
                  f"memory; the same files two at a time, each alone: {singly / MIB:.0f} MiB",
                  end=" ")
            self.assertLess(together, singly + 50 * MIB)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=15)
