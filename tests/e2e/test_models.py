#!/usr/bin/env python3
"""From labelled recordings to another model that serves, and back: for real, with heartbeat-train.

usage: test_models.py BIN DATA_DIR MODEL
  BIN: the heartbeat program, with heartbeat-train beside it (else the trainings are skipped);
  DATA_DIR: tests/data; MODEL: an ONNX model that heartbeat train made.
"""

import csv
import hashlib
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import harness
from event_stream import EventStream
from harness import PATIENCE_S, Server, ServerTest, environment
from models import calibrated

TRAINING_S = 900  # for a machine under load


def labelled(of_each):
    """(label, name, bytes) of real recordings: those of the test data, whole and cut off at several
    places, which gives other recordings of the same hearts."""
    with open(harness.DATA / "manifest.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = {"normal": 0, "abnormal": 0}
    for share in (1, 0.9, 0.8, 0.7, 0.6):
        for row in rows:
            if counts[row["label"]] == of_each:
                continue
            sound = (harness.DATA / f"{row['record']}.flac").read_bytes()
            counts[row["label"]] += 1
            yield row["label"], f"Jane {row['record']}-{share}.flac", sound[:int(len(sound) * share)]


def heartbeat(*arguments):
    return subprocess.run([harness.PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=PATIENCE_S, env=environment(), check=False)


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*")
                  if path.is_file())


class ModelsTest(ServerTest):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="heartbeat-")
        self.addCleanup(temporary.cleanup)
        self.data = temporary.name

    def need_trainer(self):
        if not (harness.PROGRAM.parent / "heartbeat-train").exists():
            self.skipTest("heartbeat-train is not built; configure with "
                          "-DHEARTBEAT_BUILD_TRAINING=ON")

    def upload(self, server, label, *files):
        return server.request("POST", "/upload-training-data", params={"target_class": label},
                              files=[("files", file) for file in files])

    def give(self, server, of_each=10):
        """Half of the recordings of each class as uploads, half by predicting and labelling them."""
        given = {"normal": 0, "abnormal": 0}
        for index, (label, name, sound) in enumerate(labelled(of_each)):
            given[label] += 1
            if given[label] % 2 == 0:
                answer = self.upload(server, label, (name, sound))
                self.assertEqual(answer.json()["count"], 1, answer.text)
                continue
            prediction = server.predict(sound, name=name, data={"patient_ref": f"Jane-{index}"})
            put = server.request("PUT", f"/predictions/{prediction.json()['id']}/label",
                                 json={"label": label, "by": "Dr. A"})
            self.assertEqual(put.status_code, 200)

    def await_status(self, server, *wanted):
        end = time.monotonic() + TRAINING_S
        while time.monotonic() < end:
            status = server.get("/training-status").json()
            if status["status"] in wanted:
                return status
            self.assertEqual(status["status"], "running", status)
            time.sleep(0.2)
        self.fail(f"the training is never {wanted}: {status}")

    def await_model(self, server, sha256):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if server.get("/model").json()["sha256"] == sha256:
                return
            time.sleep(0.1)
        self.fail("the server does not take the promotion up")

    def test_from_recordings_to_a_promoted_model_and_back(self):
        self.need_trainer()
        sound = (harness.DATA / "a0001.flac").read_bytes()
        model = calibrated(harness.PROGRAM, harness.MODEL, Path(self.data) / "calibrated.onnx")
        with Server("--data-dir", self.data, "--retrain-epochs", "1", model=model) as server:
            self.assertIsNotNone(server.get("/model").json()["calibration"])
            events = EventStream(server)
            before = server.predict(sound).json()
            self.give(server)
            self.assertEqual(server.get("/visualizations/class-distribution").json(),
                             {"distribution": {"normal": 5, "abnormal": 5}})
            started = server.request("POST", "/retrain")
            self.assertEqual(started.status_code, 200, started.text)
            seen = set()
            end = time.monotonic() + TRAINING_S
            while time.monotonic() < end:
                status = server.get("/training-status").json()
                if status["status"] != "running":
                    break
                seen.add(status["progress"])
                # It works beside the training, and with the model that it had.
                self.assertEqual(server.predict(sound).json()["model"], before["model"])
                time.sleep(0.3)
            self.assertEqual(status["status"], "succeeded", status)
            self.assertGreater(len(seen), 2, "its progress shows")
            self.assertEqual(status["progress"], 100)
            self.assertEqual(status["recordings"]["normal"], 10)
            self.assertEqual(status["recordings"]["from_folder"], 10)
            comparison = status["comparison"]
            self.assertEqual(comparison["recordings"], 20)
            for who in ("candidate", "current"):
                for measure in ("auroc", "macc", "sensitivity", "specificity"):
                    figure = comparison[who][measure]
                    self.assertLessEqual(figure["low"], figure["value"])
                    self.assertLessEqual(figure["value"], figure["high"])
            self.assertIn("few", comparison["note"])
            self.assertTrue(any("epoch" in line for line in status["log"]))
            self.assertNotIn("Jane", json.dumps(status["log"]))

            candidate = status["candidate"]
            self.assertRegex(candidate["version"], r"^0\.\d+\.\d+\+r\d{8}T\d{6}Z$")
            self.assertEqual(server.get("/model").json()["sha256"], before["model"]["sha256"],
                             "it must not be swapped in unasked")
            entry = server.get("/models").json()["models"][0]
            self.assertEqual((entry["sha256"], entry["source"], entry["serving"]),
                             (candidate["sha256"], "retrained", False))
            folder = Path(self.data, "models", candidate["sha256"])
            model = (folder / "heartbeat.onnx").read_bytes()
            self.assertEqual(hashlib.sha256(model).hexdigest(), candidate["sha256"])
            self.assertEqual(files_below(Path(self.data, "retrain")),
                             ["lock", "log.txt", "status.json"], "no recordings are left there")

            promoted = server.request("POST", f"/models/{candidate['version']}/promote",
                                      params={"by": "Dr. A"})
            self.assertEqual(promoted.status_code, 200, promoted.text)
            self.assertTrue(promoted.json()["serving"])
            after = server.predict(sound).json()
            self.assertEqual(after["model"], candidate)
            self.assertIsNone(server.get("/model").json()["calibration"],
                              "that of other weights is none of its own")
            self.assertNotIn("prediction_set", after)
            # Fine-tuned, not trained anew: it has moved, and not far.
            self.assertNotEqual(after["probability_abnormal"], before["probability_abnormal"])
            self.assertAlmostEqual(after["probability_abnormal"], before["probability_abnormal"],
                                   delta=0.4)
            epochs = server.get("/model/training-history").json()["epochs"]
            self.assertEqual([epoch["epoch"] for epoch in epochs], [1])
            self.assertEqual(server.get("/model/evaluation").status_code, 404)

            self.assertEqual(server.request("POST", "/retrain").status_code, 200)
            self.assertEqual(server.request("POST", "/retrain").status_code, 409)
            self.assertEqual(server.request("POST", "/retrain/stop").json()["status"], "stopping")
            self.await_status(server, "stopped")

            back = heartbeat("model", "rollback", "--data-dir", self.data, "--by", "Dr. B")
            self.assertEqual(back.returncode, 0, back.stderr)
            self.await_model(server, before["model"]["sha256"])
            self.assertEqual(server.predict(sound).json()["probability_abnormal"],
                             before["probability_abnormal"])
            self.assertTrue(events.wait(lambda: len(events.of_type("model")) == 2), events.events)
            self.assertEqual(events.of_type("model"), [candidate, before["model"]])
            told = [one["status"] for one in events.of_type("training")]
            self.assertEqual((told[0], told[-1]), ("running", "stopped"), told)
            self.assertIn("succeeded", told)
            server.stop()
            self.assertNotIn("Jane", "".join(server.lines))

        shown = heartbeat("predict", "--model", folder / "heartbeat.onnx", "--json",
                          harness.DATA / "a0001.flac")
        self.assertEqual(json.loads(shown.stdout)[0]["probability_abnormal"],
                         after["probability_abnormal"])

    def test_a_killed_server_leaves_no_half_training(self):
        self.need_trainer()
        with Server("--data-dir", self.data, "--retrain-epochs", "50") as server:
            self.give(server)
            self.assertEqual(server.request("POST", "/retrain").status_code, 200)
            end = time.monotonic() + TRAINING_S
            while server.get("/training-status").json()["progress"] < 3:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.2)
            server.stop(signal.SIGKILL)
        with Server("--data-dir", self.data, "--retrain-epochs", "1") as server:
            status = server.get("/training-status").json()
            if status["status"] == "running":  # its trainer is still at its last step
                time.sleep(1)
                status = self.await_status(server, "failed")
            self.assertEqual(status["status"], "failed")
            self.assertIn("start the training again", status["message"])
            self.assertFalse(Path(self.data, "models").exists())
            self.assertEqual(len(server.get("/models").json()["models"]), 1)
            end = time.monotonic() + TRAINING_S
            while (again := server.request("POST", "/retrain")).status_code == 409:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.5)
            self.assertEqual(again.status_code, 200, again.text)
            self.await_status(server, "succeeded")

    def test_uploads_are_judged_and_kept_once(self):
        sound = (harness.DATA / "b0002.flac").read_bytes()
        with Server("--data-dir", self.data) as server:
            answer = self.upload(server, "normal", ("../Jane.mp3", sound), ("again.wav", sound),
                                 ("notes.txt", b"no sound"), ("empty.wav", b"")).json()
            self.assertEqual(answer["count"], 2)
            self.assertEqual([result["status"] for result in answer["results"]],
                             ["success", "success", "error", "error"])
            self.assertEqual([result.get("type") for result in answer["results"][2:]],
                             ["/problems/unsupported-format", "/problems/recording-empty"])
            digest = hashlib.sha256(sound).hexdigest()
            self.assertEqual(files_below(Path(self.data, "train")), [f"normal/{digest}.flac"])
            other = self.upload(server, "abnormal", ("b.flac", sound)).json()
            self.assertEqual(other["count"], 0)
            self.assertIn("already kept as normal", other["results"][0]["error"])
            self.assert_problem(self.upload(server, "both", ("b.flac", sound)), 400,
                                "invalid-argument")
            self.assert_problem(server.request("POST", "/upload-training-data",
                                               params={"target_class": "normal"},
                                               files={"sound": b"x"}), 400, "bad-request")
            few = self.assert_problem(server.request("POST", "/retrain"),
                                      *((422, "too-few-recordings") if self.has_trainer()
                                        else (501, "not-installed")))
            self.assertGreater(len(few["detail"]), 40)
            server.stop()
            self.assertNotIn("Jane", "".join(server.lines))

    def has_trainer(self):
        return (harness.PROGRAM.parent / "heartbeat-train").exists()

    def test_what_evaluate_and_train_wrote(self):
        with Server("--data-dir", self.data) as server:
            evaluation = server.get("/model/evaluation").json()
            written = json.loads((harness.MODEL.parent / "metrics.json").read_text())
            self.assertEqual(evaluation["groups"], written["groups"])
            self.assertEqual(evaluation["model"]["sha256"], server.get("/model").json()["sha256"])
            epochs = server.get("/model/training-history").json()["epochs"]
            history = json.loads((harness.MODEL.parent / "history.json").read_text())
            self.assertEqual(epochs, history)

    def test_model_on_the_command_line(self):
        nothing = heartbeat("model", "list", "--data-dir", self.data)
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("no history", nothing.stderr)
        with Server("--data-dir", self.data) as server:
            card = server.get("/model").json()
            listed = json.loads(heartbeat("model", "list", "--json", "--data-dir",
                                          self.data).stdout)
            self.assertEqual([entry["sha256"] for entry in listed], [card["sha256"]])
            self.assertEqual(listed[0]["source"], "given")
            table = heartbeat("model", "list", "--data-dir", self.data).stdout.splitlines()
            self.assertEqual(len(table), 2)
            self.assertIn(card["sha256"][:12], table[1])
        for arguments, part in ((("promote", "9.9"), "no model of this version"),
                                (("rollback",), "no model served before")):
            done = heartbeat("model", *arguments, "--data-dir", self.data)
            self.assertEqual(done.returncode, 1)
            self.assertIn(part, done.stderr)
        self.assertEqual(heartbeat("model").returncode, 2)
        self.assertEqual(heartbeat("model", "promote", "--data-dir", self.data).returncode, 2)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=20)
