#!/usr/bin/env python3
"""`heartbeat serve` on disks, files and clocks that fail: what was answered is kept, and the log says
what happened and what to do.

usage: test_faults_storage.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import hashlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import requests

import harness
from faults import Clock, FailingDisk, small_disk
from harness import PATIENCE_S, Server, ServerTest, environment
from models import uncalibrated
from report import report
from sounds import wav

ROUNDS = int(os.environ.get("HEARTBEAT_CRASH_ROUNDS", "20"))
SECTION = "storage"


def sounds():
    """Recordings without end, each with other bytes: behind the samples, where no decoder looks."""
    sound = wav(10)
    number = 0
    while True:
        number += 1
        yield sound + b"%d" % number


class Answered:
    """What was answered with 200, and so must be there for ever."""

    def __init__(self, test):
        self.by_id = {}
        self._test = test
        self._sounds = sounds()

    def predict(self, server):
        sound = next(self._sounds)
        answer = server.predict(sound)
        if answer.status_code == 200:
            self.by_id[answer.json()["id"]] = (hashlib.sha256(sound).hexdigest(),
                                               answer.json()["probability_abnormal"])
        return answer

    def batch(self, server, count):
        """How many of a batch succeeded."""
        sent = [next(self._sounds) for _ in range(count)]
        answer = server.batch([("a", sound) for sound in sent])
        self._test.assertEqual(answer.status_code, 200, answer.text)
        results = answer.json()["results"]
        for sound, result in zip(sent, results):
            if result["status"] == "success":
                self.by_id[result["id"]] = (hashlib.sha256(sound).hexdigest(),
                                            result["probability_abnormal"])
        return sum(result["status"] == "success" for result in results)

    def check(self, folder):
        """What the folder holds, read by another process."""
        code, listed, said = history("list", "--jsonl", folder=folder)
        self._test.assertEqual(code, 0, said)
        kept = {}
        for entry in map(json.loads, listed.splitlines()):
            kept[entry["id"]] = (entry["recording"]["sha256"], entry["probability_abnormal"])
        self._test.assertEqual({one: kept.get(one) for one in self.by_id}, self.by_id)
        code, found, said = history("verify", folder=folder)
        self._test.assertEqual((code, found), (0, ""), said)


def history(*arguments, folder):
    done = subprocess.run(
        [harness.PROGRAM, "history", *arguments, "--data-dir", folder], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment())
    return done.returncode, done.stdout, done.stderr


def recordings(folder):
    """Path and SHA-256 by name of the recordings on the disk."""
    return {path: path.parent.name + path.stem for path in Path(folder, "recordings").rglob("*.bin")}


class StorageFaults(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="heartbeat-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def assert_not_kept(self, server, answer):
        """The answer says that nothing was kept, the log why."""
        self.assert_problem(answer, 507, "storage-failed")
        self.assertIn("nothing was kept", answer.json()["detail"])
        end = time.monotonic() + PATIENCE_S  # the log comes through a pipe
        words = "is not kept, the history cannot be written"
        while words not in "".join(server.lines) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertIn(words, "".join(server.lines))

    def test_a_full_disk(self):
        with small_disk(24) as data:
            with Server("--data-dir", data) as server:
                answered = Answered(self)
                self.assertEqual(answered.predict(server).status_code, 200)
                ballast = data / "ballast"
                with open(ballast, "wb") as file:
                    left = os.statvfs(data)
                    file.write(bytes(left.f_bavail * left.f_bsize - (1 << 20)))
                refused = 0
                for _ in range(200):
                    answer = answered.predict(server)
                    refused += answer.status_code != 200
                    if refused == 5:
                        break
                self.assertEqual(refused, 5, "the disk was never full")
                self.assert_not_kept(server, answer)
                self.assertIn("The disk of the history is full. Free some space",
                              "".join(server.lines))
                self.assertLess(answered.batch(server, 8), 8)
                before = len(answered.by_id)
                # What needs no space goes on.
                self.assertEqual(server.get("/health").status_code, 200)
                page = server.get("/predictions", params={"limit": 200}).json()["predictions"]
                self.assertEqual({entry["id"] for entry in page}, set(answered.by_id))
                for entry in page[:3]:
                    audio = server.get(f"/predictions/{entry['id']}/audio")
                    self.assertEqual(hashlib.sha256(audio.content).hexdigest(),
                                     entry["recording"]["sha256"])
                ballast.unlink()
                self.assertEqual(answered.predict(server).status_code, 200, "there is space again")
                self.assertEqual(server.stop(), 0)
            answered.check(data)
        report(SECTION, "A full disk, and then space again", 1,
               f"{before} predictions answered before and all kept; then 507 and nothing half; "
               "reading goes on; 200 again without a restart")

    def test_an_audit_trail_that_cannot_be_written(self):
        with FailingDisk() as disk:
            with Server("--data-dir", self.folder, "--audit",
                        disk.folder / "audit.jsonl") as server:
                answered = Answered(self)
                self.assertEqual(answered.predict(server).status_code, 200)
                disk.fail()
                for _ in range(5):  # the kernel may still take a line that it cannot write
                    refused = answered.predict(server)
                self.assert_problem(refused, 507, "storage-failed")
                self.assertIn("audit trail", refused.json()["detail"])
                self.assertEqual(server.get("/health").status_code, 200)
        report(SECTION, "An audit trail that cannot be written", 1,
               "507, and nothing is given away of which nobody would know")

    def test_a_disk_that_turns_read_only(self):
        with FailingDisk() as disk:
            data = disk.folder / "data"
            with Server("--data-dir", data, "--audit", "off") as server:
                answered = Answered(self)
                for _ in range(5):
                    self.assertEqual(answered.predict(server).status_code, 200)
                disk.fail()
                for _ in range(5):
                    answer = answered.predict(server)
                    self.assert_not_kept(server, answer)
                self.assertEqual(answered.batch(server, 3), 0)
                self.assertEqual(server.get("/health").status_code, 200)
                page = server.get("/predictions").json()["predictions"]
                self.assertEqual({entry["id"] for entry in page}, set(answered.by_id))
                label = server.request("PUT", f"/predictions/{page[0]['id']}/label",
                                       json={"label": "normal", "by": "Dr. A"})
                self.assert_problem(label, 507, "storage-failed")
                self.assertEqual(server.stop(), 0)
            refused = subprocess.run(
                [harness.PROGRAM, "serve", "--port", "0", "--data-dir", data], text=True,
                capture_output=True, timeout=PATIENCE_S, check=False, env=environment())
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn(str(data), refused.stderr)
            self.assertIn("--no-store", refused.stderr)
            with Server("--no-store", "--data-dir", data) as server:
                self.assertEqual(server.predict(wav(5)).status_code, 200)
            disk.repair()
            answered.check(data)
            with Server("--data-dir", data) as server:
                self.assertEqual(answered.predict(server).status_code, 200)
            answered.check(data)
        report(SECTION, "A disk that turns read-only under the server", 1,
               "507 and nothing kept; reading goes on; a start says so and names --no-store; after "
               "the repair all that was answered is there")

    def test_a_damaged_database(self):
        answered = Answered(self)
        with Server("--data-dir", self.folder) as server:
            sound = (harness.DATA / "a0001.flac").read_bytes()
            right = server.predict(sound).json()["probability_abnormal"]
            for _ in range(40):
                answered.batch(server, 5)
        database = self.folder / "heartbeat.db"
        whole = database.read_bytes()
        pages = len(whole) // 4096
        outcomes = {"told at the start": 0, "served and told": 0, "untouched": 0}
        chosen = range(0, pages, max(1, pages // ROUNDS))
        for page in chosen:
            with self.subTest(page=page):
                database.write_bytes(whole[:page * 4096] + b"\x5a" * 4096 +
                                     whole[(page + 1) * 4096:])
                code, _, said = history("verify", folder=self.folder)
                self.assertIn(code, (0, 1), said)
                outcomes[self.serve_damaged(sound, right, code)] += 1
            for left in self.folder.glob("heartbeat.db-*"):
                left.unlink()
        database.write_bytes(whole)
        answered.check(self.folder)
        for path, sha256 in recordings(self.folder).items():
            self.assertEqual(hashlib.sha256(path.read_bytes()).hexdigest(), sha256)
        self.assertGreater(outcomes["told at the start"] + outcomes["served and told"], 0)
        report(SECTION, "A page of the database overwritten", len(chosen),
               ", ".join(f"{count} {what}" for what, count in outcomes.items()) +
               "; no crash, no other verdict, every recording whole")

    def serve_damaged(self, sound, right, verified):
        """What a server makes of the folder."""
        server = Server("--data-dir", self.folder)
        try:
            server.__enter__()
        except AssertionError as refused:
            server.__exit__()
            self.assertRegex(str(refused), "damaged|cannot open the history")
            self.assertIn("--no-store", str(refused))
            return "told at the start"
        try:
            listed = server.get("/predictions", params={"limit": 200})
            answer = server.predict(sound)
            if answer.status_code == 200:
                self.assertEqual(answer.json()["probability_abnormal"], right)
            else:
                self.assertIn(answer.status_code, (500, 507), answer.text)
            self.assertEqual(server.get("/health").status_code, 200)
            failed = listed.status_code != 200 or answer.status_code != 200
        finally:
            code = server.stop()
            server.__exit__()
        self.assertEqual(code, 0)
        if failed:
            self.assertIn("damaged", "".join(server.lines))
        self.assertFalse(failed and verified == 0, "history verify did not see it")
        return "served and told" if verified == 1 else "untouched"

    def test_a_recording_deleted_underneath(self):
        sound = (harness.DATA / "b0002.flac").read_bytes()
        with Server("--data-dir", self.folder) as server:
            made = server.predict(sound).json()
            address = "/predictions/" + made["id"]
            [path] = recordings(self.folder)
            path.unlink()
            entry = server.get(address)
            self.assertEqual(entry.json()["probability_abnormal"], made["probability_abnormal"])
            for part in ("/audio", "/waveform", "/spectrogram"):
                gone = server.get(address + part)
                self.assert_problem(gone, gone.status_code, gone.json()["type"].split("/")[-1])
                self.assertIn(gone.status_code, (404, 500))
            code, found, _ = history("verify", folder=self.folder)
            self.assertEqual(code, 1)
            self.assertIn(made["recording"]["sha256"], found)
            again = server.predict(sound).json()
            self.assertEqual(again["probability_abnormal"], made["probability_abnormal"])
            for one in (made["id"], again["id"]):  # the same bytes, which are there again
                self.assertEqual(server.get(f"/predictions/{one}/audio").content, sound)
            code, found, said = history("verify", folder=self.folder)
            self.assertEqual((code, found), (0, ""), said)
            path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
            code, found, _ = history("verify", folder=self.folder)
            self.assertEqual(code, 1)
            self.assertIn(made["recording"]["sha256"], found)
        report(SECTION, "A recording deleted or changed underneath", 2,
               "the prediction stays and says that its recording is gone, `history verify` names "
               "it, and predicting it again brings it back")

    def test_a_kill_loses_no_label_and_no_deletion(self):
        rounds = max(3, ROUNDS // 5)
        labels, deleted = {}, set()
        for _ in range(rounds):
            with Server("--data-dir", self.folder) as server:
                answered = Answered(self)
                while len(answered.by_id) < 40:
                    answered.batch(server, 10)
                ids = list(answered.by_id)
                enough = threading.Semaphore(0)

                def change(mine, server=server, enough=enough):
                    try:
                        for number, one in enumerate(mine):
                            if number % 3 == 2:
                                answer = server.request("DELETE", "/predictions/" + one)
                                if answer.status_code == 204:
                                    deleted.add(one)
                            else:
                                value = ("normal", "abnormal")[number % 2]
                                answer = server.request("PUT", f"/predictions/{one}/label",
                                                        json={"label": value, "by": "Dr. A"})
                                if answer.status_code == 200:
                                    labels[one] = value
                            enough.release()
                    except requests.exceptions.RequestException:
                        pass

                threads = [threading.Thread(target=change, args=(ids[i::2],)) for i in range(2)]
                for thread in threads:
                    thread.start()
                for _ in range(12):
                    self.assertTrue(enough.acquire(timeout=PATIENCE_S))
                server.process.send_signal(signal.SIGKILL)
                for thread in threads:
                    thread.join()
            code, listed, said = history("list", "--jsonl", folder=self.folder)
            self.assertEqual(code, 0, said)
            kept = {entry["id"]: entry.get("label")
                    for entry in map(json.loads, listed.splitlines())}
            self.assertEqual({one: kept.get(one) for one in labels}, labels)
            self.assertEqual(deleted & set(kept), set())
            code, found, said = history("verify", folder=self.folder)
            self.assertEqual((code, found), (0, ""), said)
        self.assertGreaterEqual(len(labels), rounds)
        self.assertGreaterEqual(len(deleted), rounds)
        report(SECTION, "SIGKILL while clinicians label and delete", f"{rounds} kills",
               f"{len(labels)} labels and {len(deleted)} deletions acknowledged, none lost")

    def test_rubbish_in_the_place_of_a_model(self):
        first = self.folder / "first.onnx"
        first.write_bytes(harness.MODEL.read_bytes())
        second = uncalibrated(harness.MODEL, self.folder / "second.onnx")
        good = second.read_bytes()
        rubbish = [b"", b"rubbish" * 1000, good[:len(good) // 2], good[:-1], bytes(len(good)),
                   first.read_bytes()]
        sha256 = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, second)}
        sound = (harness.DATA / "a0001.flac").read_bytes()
        data = self.folder / "data"
        expected = {}
        for path in (second, first):
            with Server("--data-dir", data, model=path) as server:
                made = server.predict(sound).json()
                self.assertEqual(made["model"]["sha256"], sha256[path])
                expected[sha256[path]] = made["probability_abnormal"]
        statuses = []
        wrong = []
        answers = []
        stop = threading.Event()

        def put(content):
            fresh = self.folder / "fresh"
            fresh.write_bytes(content)
            fresh.replace(second)

        with Server("--data-dir", data, model=first) as server:
            def ask():
                while not stop.is_set():
                    answer = server.predict(sound)
                    if answer.status_code != 200:
                        wrong.append(answer.text)
                        return
                    model = answer.json()["model"]["sha256"]
                    answers.append(model)
                    if expected.get(model) != answer.json()["probability_abnormal"]:
                        wrong.append(answer.text)

            def spoil():
                number = 0
                while not stop.is_set():
                    put(rubbish[number % len(rubbish)])
                    time.sleep(0.002)
                    put(good)
                    time.sleep(0.002)
                    number += 1

            def promote(path):
                answer = server.request("POST", f"/models/{sha256[path]}/promote")
                self.assertIn(answer.status_code, (200, 409), answer.text)
                return answer.status_code

            client = threading.Thread(target=ask)
            client.start()
            try:
                for content in rubbish:
                    put(content)
                    self.assertEqual(promote(second), 409)
                    self.assertEqual(server.get("/model").json()["sha256"], sha256[first])
                spoiler = threading.Thread(target=spoil)
                spoiler.start()
                try:
                    for _ in range(ROUNDS * 2):
                        statuses.append(promote(second))
                        serving = second if statuses[-1] == 200 else first
                        self.assertEqual(server.get("/model").json()["sha256"], sha256[serving])
                        self.assertEqual(promote(first), 200)
                finally:
                    stop.set()
                    spoiler.join()
                put(good)
                self.assertEqual(promote(second), 200)
            finally:
                stop.set()
                client.join()
            self.assertEqual(wrong, [])
            self.assertGreater(len(answers), 0)
            self.assertEqual(server.predict(sound).json()["probability_abnormal"],
                             expected[sha256[second]])
        report(SECTION, "A model replaced by rubbish during its promotion",
               f"{len(rubbish)} kinds, then {len(statuses)} promotions while the file changes",
               f"{statuses.count(409)} refused with 409, {statuses.count(200)} with the whole file "
               f"in place; {len(answers)} predictions meanwhile, each the right model's")

    def test_a_clock_that_jumps_back(self):
        clock = Clock(self.folder)
        data = self.folder / "data"
        second = uncalibrated(harness.MODEL, self.folder / "second.onnx")
        made = []
        with Server("--data-dir", data, model=second) as server:
            pass  # known from now on
        with Server("--data-dir", data, **clock.environment) as server:
            answered = Answered(self)

            def predict(count):
                for _ in range(count):
                    answer = answered.predict(server)
                    self.assertEqual(answer.status_code, 200)
                    self.assertGreaterEqual(answer.json()["processing_time"], 0)
                    made.append(answer.json())

            predict(6)
            corrected = made[0]["id"]
            models = {entry["sha256"]: entry for entry in server.get("/models").json()["models"]}
            first = server.get("/model").json()["sha256"]
            other = hashlib.sha256(second.read_bytes()).hexdigest()
            self.assertEqual(set(models), {first, other})
            for value in ("normal", "abnormal"):
                put = server.request("PUT", f"/predictions/{corrected}/label",
                                     json={"label": value, "by": "Dr. A"})
                self.assertEqual(put.status_code, 200)
                clock.jump(-3600)
            predict(6)
            self.assertLess(made[-1]["timestamp"], made[0]["timestamp"], "the clock went back")
            self.assertEqual(server.request("POST", f"/models/{other}/promote").status_code, 200)
            uptime = server.get("/uptime").json()["uptime_seconds"]
            self.assertTrue(0 <= uptime < 3000, uptime)
            self.assertEqual(server.get(f"/predictions/{corrected}").json()["label"], "abnormal")
            entries, cursor = [], None
            while cursor is not None or not entries:
                page = server.get("/predictions", params={"limit": 5, "cursor": cursor}).json()
                entries += [entry["id"] for entry in page["predictions"]]
                cursor = page["next_cursor"]
            self.assertEqual(len(entries), 12)
            self.assertEqual(set(entries), {one["id"] for one in made})
            for line in server.requests_logged():
                self.assertTrue(0 <= line["duration_ms"] < PATIENCE_S * 1000, line)
            self.assertEqual(server.stop(), 0)
        answered.check(data)
        # What was promoted last serves again, whatever time that was.
        with Server("--data-dir", data, model="") as server:
            self.assertEqual(server.get("/model").json()["sha256"], other)
        report(SECTION, "A clock that jumps back by an hour", len(made),
               "predictions: each kept once and listed once; the newer label counts, the model that "
               "was promoted last serves after a restart; no negative time")


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=150)
