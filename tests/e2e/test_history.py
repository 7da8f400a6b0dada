#!/usr/bin/env python3
"""The history of `heartbeat serve`: found again after a restart, complete after SIGKILL.

usage: test_history.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import requests

import harness
from harness import PATIENCE_S, Server, ServerTest, environment
from report import report
from sounds import wav

KILLS = int(os.environ.get("HEARTBEAT_CRASH_ROUNDS", "20"))
ANSWERS_BEFORE_A_KILL = 20  # at least, of each round


class Load:
    """Clients that predict without pause, each sound another one, until the server is gone."""

    def __init__(self, server, seed):
        self.answered = {}  # id: SHA-256 of what was sent
        self._server = server
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._one_by_one, args=(seed, i))
                         for i in range(2)]
        self._threads.append(threading.Thread(target=self._in_batches, args=(seed,)))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join()

    def wait(self):
        return self._enough.wait(PATIENCE_S)

    def _sounds(self, *seed):
        count = 0
        sound = wav(2)
        while True:
            count += 1
            # Behind the samples, where no decoder looks: the bytes differ, the work does not.
            yield sound + repr((seed, count)).encode()

    def _keep(self, prediction, sound):
        self.answered[prediction["id"]] = hashlib.sha256(sound).hexdigest()
        if len(self.answered) >= ANSWERS_BEFORE_A_KILL:
            self._enough.set()

    def _one_by_one(self, *seed):
        for sound in self._sounds(*seed):
            try:
                answer = self._server.predict(sound)
            except requests.exceptions.RequestException:
                return
            if answer.status_code == 200:
                self._keep(answer.json(), sound)

    def _in_batches(self, *seed):
        sounds = self._sounds("batch", *seed)
        while True:
            batch = [next(sounds) for _ in range(5)]
            try:
                answer = self._server.batch([("a", sound) for sound in batch])
            except requests.exceptions.RequestException:
                return
            if answer.status_code == 200:
                for result, sound in zip(answer.json()["results"], batch):
                    if result["status"] == "success":
                        self._keep(result, sound)


class HistoryTest(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def all_of(self, server):
        """Every entry of the history, page by page."""
        entries = []
        cursor = None
        while True:
            page = server.get("/predictions", params={"limit": 7, "cursor": cursor}).json()
            entries += page["predictions"]
            cursor = page["next_cursor"]
            if cursor is None:
                return entries

    def test_a_restart_finds_it_again(self):
        sounds = {name: (harness.DATA / name).read_bytes()
                  for name in ("a0001.flac", "b0002.flac", "formats/a0001.mp3")}
        with Server("--data-dir", self.folder / "data") as server:
            made = [server.predict(sound, name=name, data={"patient_ref": "P-1"}).json()
                    for name, sound in sounds.items()]
            made.append(server.batch([("=b", sounds["b0002.flac"]), ("x", b"no sound")],
                                     data={"location": "MV"}).json()["results"][0])
            del made[-1]["status"]
            label = server.request("PUT", f"/predictions/{made[0]['id']}/label",
                                   json={"label": "normal", "by": "Dr. A", "comment": "clear"})
            self.assertEqual(label.status_code, 200, label.text)
            self.assertEqual(server.stop(), 0)
        with Server("--data-dir", self.folder / "data") as server:
            self.assertEqual([entry["id"] for entry in self.all_of(server)],
                             [prediction["id"] for prediction in reversed(made)])
            for prediction in made:
                kept = server.get("/predictions/" + prediction["id"]).json()
                labels = kept.pop("labels")
                self.assertEqual(kept.pop("label"), "normal" if labels else None)
                self.assertEqual(labels, [label.json()] if prediction is made[0] else [])
                self.assertEqual(kept, prediction)
            for prediction, sound in zip(made, sounds.values()):
                audio = server.get(f"/predictions/{prediction['id']}/audio")
                self.assertEqual(audio.content, sound)
            patient = server.get("/predictions", params={"patient_ref": "P-1"}).json()
            self.assertEqual(len(patient["predictions"]), 3)
            table = list(csv.DictReader(io.StringIO(server.get("/predictions.csv").text)))
            self.assertEqual([row["id"] for row in table],
                             [prediction["id"] for prediction in reversed(made)])
            self.assertEqual(table[0]["file_name"], "'=b")
            self.assertEqual(table[0]["location"], "MV")
            self.assertEqual(table[-1]["label"], "normal")

    def history(self, *arguments):
        """`heartbeat history` on the folder: (exit status, standard output, what it said)."""
        done = subprocess.run(
            [harness.PROGRAM, "history", *arguments, "--data-dir", self.folder],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
            check=False, env=environment())
        return done.returncode, done.stdout, done.stderr

    def test_a_kill_loses_nothing_that_was_answered(self):
        answered = {}
        for round_number in range(KILLS):
            with Server("--data-dir", self.folder, "--threads", "2") as server:
                with Load(server, round_number) as load:
                    self.assertTrue(load.wait())
                    server.process.send_signal(signal.SIGKILL)
                answered |= load.answered
            # What lies on the disk at this moment, before any server has opened it again.
            code, listed, said = self.history("list", "--jsonl")
            self.assertEqual(code, 0, said)
            kept = {entry["id"]: entry["recording"]["sha256"]
                    for entry in map(json.loads, listed.splitlines())}
            self.assertEqual({one: kept.get(one) for one in answered}, answered)
            code, found, said = self.history("verify")
            self.assertEqual((code, found), (0, ""), said)
            self.assertIn(f"{len(kept)} predictions", said)
        with Server("--data-dir", self.folder) as server:
            entries = {entry["id"]: entry for entry in self.all_of(server)}
            self.assertEqual(set(answered) - set(entries), set())
            for one, sha256 in answered.items():
                self.assertEqual(entries[one]["recording"]["sha256"], sha256)
            for one, entry in entries.items():  # also of those that nobody had an answer for
                audio = server.get(f"/predictions/{one}/audio")
                self.assertEqual(audio.status_code, 200, audio.text[:200])
                self.assertEqual(hashlib.sha256(audio.content).hexdigest(),
                                 entry["recording"]["sha256"])
        self.assertGreaterEqual(len(answered), KILLS * ANSWERS_BEFORE_A_KILL)
        report("storage", "SIGKILL while clients predict, one by one and in batches",
               f"{KILLS} kills", f"{len(answered)} predictions answered, none lost; "
               f"{len(entries)} in the history, each with its whole recording")

    def test_nothing_is_kept_without_a_store(self):
        with Server("--no-store", "--data-dir", self.folder) as server:
            answer = server.predict((harness.DATA / "b0002.flac").read_bytes())
            self.assertEqual(answer.status_code, 200)
            self.assert_problem(server.get("/predictions/" + answer.json()["id"]), 404, "not-found")
        self.assertEqual(list(self.folder.iterdir()), [])

    def run_to_the_end(self, *options, **added):
        """A server that cannot start: (exit status, what it said)."""
        done = subprocess.run(
            [harness.PROGRAM, "serve", "--port", "0", "--model", harness.MODEL, *options],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            env=environment(**added))
        return done.returncode, done.stderr

    def test_a_folder_that_cannot_be_opened_is_named(self):
        taken = self.folder / "file"
        taken.write_text("not a folder")
        for options, added in ((("--data-dir", taken), {}), ((), {"HEARTBEAT_DATA_DIR": str(taken)}),
                               ((), {"XDG_DATA_HOME": str(taken)})):
            code, said = self.run_to_the_end(*options, **added)
            self.assertEqual(code, 1, said)
            self.assertIn(str(taken), said)
            self.assertIn("--no-store", said)
        (self.folder / "heartbeat.db").write_text("this is no database, whatever its name is " * 99)
        code, said = self.run_to_the_end("--data-dir", self.folder)
        self.assertEqual(code, 1, said)
        self.assertIn("cannot open the history", said)

    def test_a_file_of_options_reaches_it(self):
        config = self.folder / "heartbeat.toml"
        taken = self.folder / "file"
        taken.write_text("not a folder")
        config.write_text(f'[serve]\ndata-dir = "{taken}"\n')
        code, said = self.run_to_the_end("--config", str(config))
        self.assertEqual(code, 1, said)
        self.assertIn(str(taken), said)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=100)
