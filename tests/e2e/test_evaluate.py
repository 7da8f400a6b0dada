"""heartbeat evaluate by each protocol: tiny models of a minute's work, trained and scored for real.

Run as: python3 test_evaluate.py HEARTBEAT DATA_DIR MODEL   (heartbeat-train beside HEARTBEAT)
"""

import array
import csv
import json
import math
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import wave

from models import uncalibrated

HEARTBEAT, DATA, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])

RECIPE = """
[network]
stem_channels = 4
channels = [8, 8]
strides = [2, 2]
[sampling]
windows_per_epoch = 16
[optimizer]
epochs = {epochs}
batch_size = 8
patience = 1000
[data]
holdout_fraction = 0.3
"""

RATE_HZ = 2000


def heart_sound(seed, abnormal):
    """1.5 s of two heart sounds a second in noise; abnormal ones with a murmur between them."""
    draw = random.Random(seed)
    samples = array.array("h")
    for i in range(int(1.5 * RATE_HZ)):
        phase = i % RATE_HZ / RATE_HZ
        sound = 300 * draw.gauss(0, 1)
        for start in (0.1, 0.45):
            if start <= phase < start + 0.08:
                sound += 9000 * math.sin(2 * math.pi * 60 * phase)
        if abnormal and 0.2 <= phase < 0.42:
            sound += 2500 * draw.gauss(0, 1)
        samples.append(max(-32767, min(32767, int(sound))))
    return samples


def write_wav(path, samples):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def keys(rows):
    return {(row["database"], row["record"]) for row in rows}


class EvaluateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Two databases of 10 recordings a class, 3 of them for validation."""
        cls.temporary = tempfile.TemporaryDirectory()
        cls.shared = pathlib.Path(cls.temporary.name)
        cls.data = cls.shared / "data"
        cls.data.mkdir()
        with open(cls.data / "manifest.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["record", "database", "label", "split"])
            for number in range(40):
                label = ("normal", "abnormal")[number % 2]
                record = f"r{number}"
                write_wav(cls.data / f"{record}.wav", heart_sound(number, label == "abnormal"))
                split = "validation" if number % 20 < 6 else "train"
                table.writerow([record, ("one", "two")[number // 20], label, split])
        cls.rows = read_csv(cls.data / "manifest.csv")
        cls.train = keys(row for row in cls.rows if row["split"] == "train")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.out = self.folder / "out"
        self.recipe = self.folder / "recipe.toml"
        self.write_recipe()

    def write_recipe(self, epochs=1):
        self.recipe.write_text(RECIPE.format(epochs=epochs))

    def command(self, protocol, *arguments, data=None):
        return [HEARTBEAT, "evaluate", "--recipe", self.recipe, "--protocol", protocol,
                data or self.data, "--out", self.out, "--threads", "1", *arguments]

    def run_protocol(self, protocol, *arguments, data=None, code=0):
        done = subprocess.run(
            list(map(str, self.command(protocol, *arguments, data=data))),
            capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, code, done.stderr)
        if code != 0:
            self.assertEqual(done.stdout if code == 2 else "", "")
        return done

    def assert_honest(self, fold):
        """Nothing that is tested was learned from or held out, and no validation row was learned."""
        rows = keys(read_csv(fold / "rows.csv"))
        tested = keys(read_csv(fold / "predictions.csv"))
        held = keys(read_csv(fold / "holdout.csv"))
        self.assertFalse(rows & tested)
        self.assertTrue(held and held < rows)
        self.assertLessEqual(rows, self.train)
        metrics = json.loads((fold / "metrics.json").read_text())
        self.assertEqual(metrics["training_recordings"] + metrics["holdout_recordings"], len(rows))
        return rows, tested

    def test_cross_validation_resumes_refuses_and_restarts(self):
        first = self.run_protocol("cross-validation", "--folds", "3")
        self.assertRegex(first.stdout, r"(?m)^all +14 +14 +0 ")
        self.assertIn("fold 3 of 3, fold-3: done", first.stderr)
        self.assertNotIn("\033", first.stderr, "no moving line where there is no terminal")
        folder = self.out / "cross-validation"
        tested = []
        for name in ("fold-1", "fold-2", "fold-3"):
            rows, fold_tested = self.assert_honest(folder / name)
            self.assertEqual(rows | fold_tested, self.train)
            tested += fold_tested
            for file in ("model.onnx", "train.log", "history.json", "fold.json"):
                self.assertGreater((folder / name / file).stat().st_size, 0, file)
            self.assertFalse((folder / name / "checkpoint.pt").exists())
        self.assertEqual(len(tested), len(set(tested)), "each is tested once")
        self.assertEqual(set(tested), self.train)
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(report["schema_version"], 1)
        self.assertEqual([fold["name"] for fold in report["folds"]], ["fold-1", "fold-2", "fold-3"])
        self.assertEqual(report["folds"][0]["test_recordings_in_training"], 0)
        self.assertIsNone(report["model"])
        self.assertEqual(report["reductions"], [])
        self.assertIn("other folds", report["prediction_sets"]["fitted_on"])
        self.assertIsNotNone(report["groups"][0]["prediction_sets"]["coverage"]["value"])
        predictions = read_csv(folder / "predictions.csv")
        self.assertEqual(keys(predictions), self.train)
        self.assertTrue(all(row["prediction_set"] and row["fold"] for row in predictions))
        self.assertEqual(len(list((self.out / "cache").glob("*.features"))), 28)

        # Done: nothing is trained again.
        model = folder / "fold-1" / "model.onnx"
        trained_at = model.stat().st_mtime_ns
        again = self.run_protocol("cross-validation", "--folds", "3")
        self.assertEqual(again.stdout, first.stdout)
        self.assertEqual(again.stderr.count("done before"), 3)

        # A fold whose predictions went is scored by its model, to the same figures.
        (folder / "fold-2" / "predictions.csv").unlink()
        again = self.run_protocol("cross-validation", "--folds", "3")
        self.assertEqual(again.stdout, first.stdout)
        self.assertEqual(again.stderr.count("done before"), 2)
        self.assertNotIn("training on", again.stderr)

        # What was changed is named, and nothing is touched.
        other = self.run_protocol("cross-validation", "--folds", "2", code=2)
        self.assertIn("--folds was 3 and is 2", other.stderr)
        self.write_recipe(epochs=2)
        other = self.run_protocol("cross-validation", "--folds", "3", code=2)
        self.assertIn("optimizer.epochs was 1 and is 2", other.stderr)
        self.assertIn("--restart", other.stderr)
        self.assertEqual(model.stat().st_mtime_ns, trained_at)

        # A model from elsewhere is not taken for the fold's.
        self.write_recipe()
        (folder / "fold-1" / "fold.json").unlink()
        shutil.copy(folder / "fold-2" / "model.onnx", model)
        foreign = self.run_protocol("cross-validation", "--folds", "3", code=2)
        self.assertIn("model.onnx", foreign.stderr)

        restarted = self.run_protocol("cross-validation", "--folds", "3", "--restart")
        self.assertEqual(restarted.stderr.count("training on"), 3)
        self.assertEqual(restarted.stdout, first.stdout, "the same seed, the same figures")
        self.assertEqual(len(list((self.out / "cache").glob("*.features"))), 28)

    def test_leave_one_database_out(self):
        done = self.run_protocol("leave-one-database-out", "--jobs", "2")
        self.assertIn("mean of 2 databases", done.stdout)
        folder = self.out / "leave-one-database-out"
        for name, other in (("one", "two"), ("two", "one")):
            rows, tested = self.assert_honest(folder / name)
            self.assertEqual(rows, {key for key in self.train if key[0] == other})
            self.assertEqual(tested, keys(row for row in self.rows if row["database"] == name))
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(report["mean_over_databases"]["databases"], ["one", "two"])
        mean = sum(group["macc"]["value"] for group in report["groups"][1:]) / 2
        self.assertAlmostEqual(report["mean_over_databases"]["macc"]["value"], mean)
        self.assertIn("held out", report["prediction_sets"]["fitted_on"])

    def test_quick_validation_of_data_with_faults(self):
        """A recording that cannot be heard is named, one that is in both splits is warned of."""
        data = self.folder / "data"
        shutil.copytree(self.data, data)
        (data / "r0.wav").write_bytes(b"no recording at all")
        shutil.copy(data / "r7.wav", data / "r1.wav")  # training bytes under a validation row
        self.write_recipe(epochs=9)
        done = self.run_protocol("validation", "--quick", data=data, code=1)
        self.assertIn("r0.wav", done.stderr)
        self.assertIn("1 test recordings have the very bytes of a training recording", done.stderr)
        self.assertIn("reduced by --quick: 6 epochs of training instead of 9", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^all +5 +6 +1 ")
        folder = self.out / "validation-quick"
        self.assert_honest(folder / "validation")
        report = json.loads((folder / "report.json").read_text())
        self.assertEqual(report["reductions"], ["6 epochs of training instead of 9"])
        self.assertEqual(report["folds"][0]["test_recordings_in_training"], 1)
        self.assertEqual(report["groups"][0]["refused"], 1)
        epochs = json.loads((folder / "validation" / "history.json").read_text())
        self.assertEqual(len(epochs), 6)

    def test_interrupted_goes_on(self):
        self.write_recipe(epochs=60)
        process = subprocess.Popen(
            list(map(str, self.command("validation"))), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        fold = self.out / "validation" / "validation"
        deadline = time.monotonic() + 60
        while not (fold / "history.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (130, ""), err)
        self.assertIn("goes on from here", err)
        self.assertTrue((fold / "checkpoint.pt").exists())
        self.assertFalse((fold / "model.onnx").exists())
        before = len(json.loads((fold / "history.json").read_text()))
        self.assertLess(before, 60, "it was interrupted in the middle")

        done = self.run_protocol("validation")
        self.assertIn("going on with its training", done.stderr)
        epochs = [row["epoch"] for row in json.loads((fold / "history.json").read_text())]
        self.assertEqual(epochs, list(range(1, 61)))

        # As if it had never stopped.
        self.out = self.folder / "whole"
        self.assertEqual(self.run_protocol("validation").stdout, done.stdout)

    def test_two_at_once_are_refused(self):
        self.write_recipe(epochs=500)
        process = subprocess.Popen(
            list(map(str, self.command("validation"))), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            fold = self.out / "validation" / "validation"
            while not fold.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            second = self.run_protocol("validation", code=2)
            self.assertIn("another evaluation is at work", second.stderr)
        finally:
            # Not even a kill leaves its trainer behind.
            process.kill()
            process.wait()
        deadline = time.monotonic() + 30
        while self.trainers_of(fold) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.trainers_of(fold), [])

    @staticmethod
    def trainers_of(fold):
        found = []
        for process in pathlib.Path("/proc").iterdir():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except (OSError, NotADirectoryError):
                continue
            if words[0].endswith(b"heartbeat-train") and os.fsencode(fold) in words:
                found.append(process.name)
        return found

    def test_wrong_usage_is_named(self):
        for arguments, part in (
                (["--recipe", self.recipe, self.data, "--out", self.out], "--protocol"),
                (["--recipe", self.recipe, "--protocol", "validation", self.data], "--out"),
                (["--protocol", "validation", self.data], "--recipe"),
                (["--recipe", self.recipe, "--protocol", "loo", self.data, "--out", self.out],
                 "leave-one-database-out"),
                (["--recipe", self.recipe, "--protocol", "validation", "--split", "train",
                  self.data, "--out", self.out], "--split"),
                ([MODEL, self.data, "--quick"], "--recipe"),
                ([MODEL], "DATA"),
                ([], "MODEL")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([HEARTBEAT, "evaluate", *map(str, arguments)],
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(part, done.stderr)
        refused = self.run_protocol("circor-murmur", code=2)
        self.assertIn("murmur output", refused.stderr)
        self.recipe.write_text("[optimizer]\nepoch = 3\n")
        bad = self.run_protocol("validation", code=2)
        self.assertIn("line 2", bad.stderr)
        self.assertFalse((self.out / "validation" / "validation").exists())

    def test_files_of_others_are_never_deleted(self):
        theirs = self.out / "validation" / "thesis.txt"
        theirs.parent.mkdir(parents=True)
        theirs.write_text("ten years")
        refused = self.run_protocol("validation", "--restart", code=2)
        self.assertIn("not of an evaluation", refused.stderr)
        self.assertEqual(theirs.read_text(), "ten years")

    def test_without_the_trainer(self):
        program = shutil.copy(HEARTBEAT, self.folder / "heartbeat")
        done = subprocess.run([program, *map(str, self.command("validation")[1:])],
                              capture_output=True, text=True, timeout=60, env={"PATH": ""})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("heartbeat-train", done.stderr)

    def test_a_model_with_conformal_sets(self):
        calibration = self.folder / "calibration.csv"
        with open(calibration, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["record", "database", "label", "probability_abnormal"])
            for number in range(40):
                table.writerow([number, "other", ("normal", "abnormal")[number % 2], number / 40])
        done = subprocess.run(
            [HEARTBEAT, "evaluate", uncalibrated(MODEL, self.folder / "plain.onnx"), DATA,
             "--calibration", calibration, "--out", self.out],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertEqual(metrics["protocol"], "scoring")
        self.assertEqual(len(metrics["model"]["sha256"]), 64)
        for measure in ("auprc", "recall", "brier", "calibration_error", "risk_coverage_area"):
            self.assertIsNotNone(metrics["groups"][0][measure]["value"], measure)
        self.assertIsNotNone(metrics["groups"][0]["prediction_sets"]["coverage"]["value"])
        rows = read_csv(self.out / "predictions.csv")
        self.assertEqual({row["split"] for row in rows}, {"train", "validation"})
        for row in rows:
            self.assertIn(row["prediction_set"], ("normal", "abnormal", "both", "none"))
            probability = 1 / (1 + math.exp(-float(row["logit"])))
            self.assertAlmostEqual(float(row["probability_abnormal"]), probability, delta=1e-9)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
