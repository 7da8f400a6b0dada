"""Murmurs from a dataset to a prediction and its evaluation: a tiny model, trained and scored for real.

Run as: python3 test_murmur.py HEARTBEAT DATA_DIR MODEL   (heartbeat-train beside HEARTBEAT)
"""

import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

HEARTBEAT, DATA, MODEL = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])

RECIPE = """
[network]
stem_channels = 4
channels = [8, 8]
strides = [2, 2]
[sampling]
windows_per_epoch = 16
[optimizer]
epochs = 1
batch_size = 8
[data]
holdout_fraction = 0.3
[murmur]
weight = 0.5
"""


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments, code=0):
    done = subprocess.run([HEARTBEAT, *map(str, arguments)], capture_output=True, text=True,
                          timeout=240)
    assert done.returncode == code, done.stderr
    return done


class MurmurTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """The test data's recordings with a label, and those with a murmur, each five times."""
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.labelled = cls.folder / "labelled"
        cls.murmurs = cls.folder / "murmurs"
        for folder in (cls.labelled, cls.murmurs):
            folder.mkdir()
        with open(cls.labelled / "manifest.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["record", "database", "label", "split"])
            for row in read_csv(DATA / "manifest.csv"):
                for copy in range(5):
                    record = f"{row['record']}-{copy}"
                    shutil.copy(DATA / f"{row['record']}.flac", cls.labelled / f"{record}.flac")
                    table.writerow([record, "one", row["label"], "train"])
        with open(cls.murmurs / "manifest.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["record", "patient", "location", "murmur_at_location",
                            "patient_murmur", "split"])
            for row in read_csv(DATA / "circor" / "manifest.csv"):
                for copy in range(6):
                    record = f"{row['record']}-{copy}"
                    shutil.copy(DATA / "circor" / f"{row['record']}.flac",
                                cls.murmurs / f"{record}.flac")
                    table.writerow([record, f"{row['patient']}-{copy}", row["location"],
                                    row["murmur_at_location"], row["patient_murmur"],
                                    "test" if copy == 5 else "train"])
        cls.recipe = cls.folder / "recipe.toml"
        cls.recipe.write_text(RECIPE)
        cls.out = cls.folder / "run"
        cls.trained = run("train", "--config", cls.recipe, "--data.folders",
                          f"{cls.labelled},{cls.murmurs}", "--output.folder", cls.out,
                          "--optimizer.threads", "1")
        cls.model = cls.out / "heartbeat.onnx"

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_training_says_how_murmurs_are_heard(self):
        self.assertIn("20 of 60 recordings have a murmur label", self.trained.stderr)
        self.assertIn("murmur AUROC", self.trained.stderr)
        history = json.loads((self.out / "history.json").read_text())
        self.assertIn("holdout_murmur_auroc", history[0])
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertIn("holdout_murmur_auroc", metrics)
        self.assertLessEqual(metrics["onnx_against_libtorch_max_difference"], 1e-4)
        self.assertEqual(metrics["groups"][0]["unlabelled"], 0)

    def test_a_prediction_has_its_murmur(self):
        sound = DATA / "a0001.flac"
        answer = json.loads(run("predict", "--json", "--model", self.model, sound).stdout)[0]
        self.assertEqual(set(answer["murmur"]), {"present", "unknown", "absent"})
        self.assertAlmostEqual(sum(answer["murmur"].values()), 1, delta=3e-6)
        self.assertIn("P(murmur)", run("predict", "--model", self.model, sound).stdout)
        # A model without the output says nothing of it.
        plain = run("predict", "--json", "--model", MODEL, sound).stdout
        if "murmur" not in json.loads(plain)[0]:
            self.assertNotIn("P(murmur)", run("predict", "--model", MODEL, sound).stdout)

    def test_the_server_says_and_keeps_it(self):
        # The harness holds each answer to /openapi.json.
        with harness.Server(model=self.model) as server:
            answer = server.predict((DATA / "a0001.flac").read_bytes())
            self.assertEqual(answer.status_code, 200, answer.text)
            murmur = answer.json()["murmur"]
            self.assertAlmostEqual(sum(murmur.values()), 1, delta=3e-6)
            kept = server.get(f"/predictions/{answer.json()['id']}")
            self.assertEqual(kept.json()["murmur"], murmur)

    def test_evaluation_is_by_patient(self):
        out = self.folder / "judged"
        done = run("evaluate", self.model, self.murmurs, "--protocol", "circor-murmur",
                   "--split", "test", "--out", out)
        self.assertIn("3 patients, 4 recordings, 0 refused", done.stdout)
        self.assertIn("weighted accuracy", done.stdout)
        metrics = json.loads((out / "metrics.json").read_text())
        self.assertEqual(metrics["patients"], {"present": 1, "unknown": 1, "absent": 1})
        patients = read_csv(out / "patients.csv")
        self.assertEqual([row["truth"] for row in patients], ["present", "absent", "unknown"])
        self.assertEqual([row["recordings"] for row in patients], ["1", "2", "1"])
        self.assertEqual(len(read_csv(out / "recordings.csv")), 4)
        page = (out / "report.html").read_text()
        self.assertIn('data-json="/auroc', page)
        printed = json.loads(run("evaluate", self.model, self.murmurs, "--protocol",
                                 "circor-murmur", "--split", "test", "--json").stdout)
        self.assertEqual(printed["weighted_accuracy"], metrics["weighted_accuracy"])

    def test_refusals(self):
        plain = self.folder / "plain"
        run("train", "--config", self.recipe, "--murmur.weight", "0", "--data.folders",
            self.labelled, "--output.folder", plain, "--optimizer.threads", "1")
        for arguments, part in (
                ([plain / "heartbeat.onnx", self.murmurs], "murmur output"),
                ([self.model, self.labelled], "patient_murmur")):
            with self.subTest(part=part):
                refused = run("evaluate", *arguments, "--protocol", "circor-murmur", code=2)
                self.assertEqual(refused.stdout, "")
                self.assertIn(part, refused.stderr)
        refused = run("train", "--config", self.recipe, "--data.folders", self.labelled,
                      "--output.folder", self.folder / "none", code=2)
        self.assertIn("murmur.weight", refused.stderr)

    def test_protocols_learn_murmurs_and_test_none(self):
        out = self.folder / "protocol"
        run("evaluate", "--recipe", self.recipe, "--protocol", "cross-validation", "--folds", "2",
            self.labelled, self.murmurs, "--out", out, "--threads", "1")
        for fold in ("fold-1", "fold-2"):
            rows = read_csv(out / "cross-validation" / fold / "rows.csv")
            murmurs = [row["record"] for row in rows if row["database"] == "murmurs"]
            self.assertEqual(len(murmurs), 20, fold)
            self.assertFalse([record for record in murmurs if record.endswith("-5")], fold)
        tested = read_csv(out / "cross-validation" / "predictions.csv")
        self.assertEqual(len(tested), 40)
        self.assertEqual({row["database"] for row in tested}, {"one"})


if __name__ == "__main__":
    harness.main(__doc__, 2)
