"""heartbeat train on real recordings, from a dataset to a model that heartbeat predict runs.

Run as: python3 test_train.py HEARTBEAT DATA_DIR MODEL   (heartbeat-train beside HEARTBEAT; MODEL is not
needed here and stands for the sake of one calling convention)
"""

import csv
import json
import math
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HEARTBEAT, DATA = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])

# A network and a run small enough for a test; the front end is the default one.
TINY_NETWORK = [
    "--network.stem_channels", "4", "--network.channels", "8,8", "--network.strides", "2,2",
    "--sampling.windows_per_epoch", "16", "--optimizer.batch_size", "8",
]
TINY = [*TINY_NETWORK, "--data.holdout_fraction", "0.3", "--optimizer.threads", "1"]


def rows():
    with open(DATA / "manifest.csv", newline="") as file:
        return list(csv.DictReader(file))


class TrainTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.out = self.folder / "run"

    def tearDown(self):
        self.temporary.cleanup()

    def train(self, *arguments, folders, epochs=1):
        return subprocess.run(
            [HEARTBEAT, "train", *TINY, "--optimizer.epochs", str(epochs), "--data.folders", folders,
             "--output.folder", self.out, *arguments],
            capture_output=True, text=True, timeout=240)

    def class_folders(self):
        """Every recording of the test data by class, each label at least five times."""
        for row in rows():
            for copy in range(3):
                target = self.folder / "set" / row["label"] / f"{row['record']}-{copy}.flac"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(DATA / f"{row['record']}.flac", target)
        return self.folder / "set"

    def test_class_folders_to_a_model_that_predicts(self):
        done = self.train(folders=self.class_folders())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, "", "results are files; progress goes to standard error")
        for name in ("config.toml", "train.log", "checkpoint.pt", "history.json", "history.svg",
                     "heartbeat.onnx", "metrics.json", "holdout.csv"):
            self.assertGreater((self.out / name).stat().st_size, 0, name)
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertLessEqual(metrics["onnx_against_libtorch_max_difference"], 1e-4)
        self.assertEqual(metrics["training_recordings"] + metrics["holdout_recordings"],
                         3 * len(rows()))
        self.assertNotIn("\033", done.stderr, "no moving line where there is no terminal")

        record = rows()[0]["record"]
        predicted = subprocess.run(
            [HEARTBEAT, "predict", "--json", "--model", self.out / "heartbeat.onnx",
             DATA / f"{record}.flac"], capture_output=True, text=True, timeout=60)
        self.assertEqual(predicted.returncode, 0, predicted.stderr)
        self.assertEqual(json.loads(predicted.stdout)[0]["model"]["name"], "heartbeat")

    def test_two_networks_become_one_model(self):
        # Bands of 12.1875 Hz; those of the second are 1 to 31 of the first.
        two = ["--features.mel_bands", "63", "--augmentation.band_mask_bands", "4", "--second.limit", "2",
               "--second.features.mel_bands", "31", "--second.features.min_hz", "32.1875",
               "--second.features.max_hz", "422.1875", "--second.features.normalization", "band_standard",
               *(argument.replace("--", "--second.", 1) for argument in TINY_NETWORK),
               "--second.optimizer.epochs", "1", "--second.augmentation.band_mask_bands", "4"]
        data = self.class_folders()
        done = self.train(*two, folders=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        model = (self.out / "heartbeat.onnx").read_bytes()
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertGreater(metrics["multiply_accumulates_per_window"],
                           metrics["first"]["multiply_accumulates_per_window"] +
                           metrics["second"]["multiply_accumulates_per_window"] - 1)
        refused = self.train(*two, folders=data)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--resume", refused.stderr)

        # What is trained already is taken as it is.
        (self.out / "heartbeat.onnx").unlink()
        again = self.train(*two, "--resume", folders=data)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(again.stderr.count("is trained already"), 2, again.stderr)
        self.assertEqual((self.out / "heartbeat.onnx").read_bytes(), model)

        def logit(path):
            predicted = subprocess.run([HEARTBEAT, "predict", "--json", "--model", path,
                                        DATA / "a0001.flac"], capture_output=True, text=True, timeout=60)
            self.assertEqual(predicted.returncode, 0, predicted.stderr)
            answer = json.loads(predicted.stdout)[0]
            self.assertTrue(answer["explanation"]["regions"])
            probability = answer["probability_abnormal"]
            return math.log(probability / (1 - probability))

        # Neither is cut off: the joined logit is the sum.
        parts = [logit(self.out / name / f"{name}.onnx") for name in ("first", "second")]
        self.assertLess(abs(parts[0]), 2)
        self.assertAlmostEqual(logit(self.out / "heartbeat.onnx"), sum(parts), delta=1e-3)

        wrong = self.train(*two, "--second.features.min_hz", "35", folders=data)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("bands of the second", wrong.stderr)

    def test_same_seed_same_model(self):
        folders = self.class_folders()
        models = []
        for name in ("one", "two"):
            self.out = self.folder / name
            done = self.train("--data.cache_folder", self.folder / "cache", folders=folders)
            self.assertEqual(done.returncode, 0, done.stderr)
            models.append((self.out / "heartbeat.onnx").read_bytes())
        self.assertIn("read from the cache", done.stderr)
        self.assertEqual(models[0], models[1])

    def test_physionet_folders(self):
        for row in rows():
            for copy in range(2):
                target = self.folder / "set" / row["database"] / f"{row['record']}-{copy}.flac"
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(DATA / f"{row['record']}.flac", target)
                with open(target.parent / "REFERENCE.csv", "a") as file:
                    file.write(f"{target.stem},{1 if row['label'] == 'abnormal' else -1}\n")
        done = self.train("--data.holdout_fraction", "0.5", folders=self.folder / "set")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_manifest_learns_from_train_rows_alone(self):
        folder = self.folder / "set"
        folder.mkdir()
        train = 0
        with open(folder / "manifest.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["record", "database", "label", "split"])
            for row in rows():
                for copy in range(4):
                    record = f"{row['record']}-{copy}"
                    shutil.copy(DATA / f"{row['record']}.flac", folder / f"{record}.flac")
                    table.writerow([record, row["database"], row["label"], row["split"]])
                    train += row["split"] == "train"
        self.assertLess(train, 4 * len(rows()), "the test data has rows of both splits")
        done = self.train(folders=folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertEqual(metrics["training_recordings"] + metrics["holdout_recordings"], train)

    def test_rows_are_all_that_is_learned_from(self):
        folders = self.class_folders()
        chosen = sorted(path for path in folders.rglob("*.flac"))[:-4]
        rows_file = self.folder / "rows.csv"

        def write(records):
            rows_file.write_text(
                "database,record\n" + "".join(f"set,{record}\n" for record in records))

        write(path.stem for path in chosen)
        done = self.train("--data.rows", rows_file, folders=folders)
        self.assertEqual(done.returncode, 0, done.stderr)
        metrics = json.loads((self.out / "metrics.json").read_text())
        self.assertEqual(metrics["training_recordings"] + metrics["holdout_recordings"],
                         len(chosen))
        with open(self.out / "holdout.csv", newline="") as file:
            held = {row["record"] for row in csv.DictReader(file)}
        self.assertTrue(held)
        self.assertLessEqual(held, {path.stem for path in chosen})

        self.out = self.folder / "second"
        write([chosen[0].stem, "elsewhere"])
        refused = self.train("--data.rows", rows_file, folders=folders)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("line 3", refused.stderr)
        self.assertFalse(self.out.exists())

    def test_rows_of_another_split_are_refused(self):
        rows_file = self.folder / "rows.csv"
        tested = next(row for row in rows() if row["split"] == "validation")
        rows_file.write_text(f"database,record\n{tested['database']},{tested['record']}\n")
        refused = self.train("--data.rows", rows_file, folders=DATA)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("validation", refused.stderr)

    def test_recordings_without_a_label_are_left_out(self):
        done = self.train(folders=DATA / "circor")
        self.assertEqual(done.returncode, 2)
        self.assertIn("has a label", done.stderr)
        both = f"{self.class_folders()},{DATA / 'circor'}"
        done = self.train(folders=both)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("left out: 3 recordings without a label", done.stderr)

    def test_prints_its_parameters_and_does_nothing(self):
        config = self.folder / "recipe.toml"
        config.write_text("[optimizer]\nepochs = 7\n")
        done = self.train("--config", config, "--print-config", folders=DATA, epochs=9)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^epochs = 9$")
        self.assertRegex(done.stdout, r"(?m)^time_masks = 2$")
        self.assertFalse(self.out.exists())
        # What was printed is a recipe for the same.
        config.write_text(done.stdout)
        again = subprocess.run([HEARTBEAT, "train", "--config", config, "--print-config"],
                               capture_output=True, text=True, timeout=60)
        self.assertEqual(again.stdout, done.stdout)

    def test_interrupted_goes_on_with_resume(self):
        folders = self.class_folders()
        command = [HEARTBEAT, "train", *TINY, "--optimizer.epochs", "400", "--data.folders", folders,
                   "--output.folder", self.out]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        history = self.out / "history.json"
        deadline = time.monotonic() + 120
        while not history.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, stderr)
        self.assertIn("--resume", stderr)
        before = len(json.loads(history.read_text()))

        again = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 2, "a finished or stopped run is not overwritten unasked")
        self.assertIn("--resume", again.stderr)

        command[command.index("400")] = str(before + 1)
        resumed = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=120)
        self.assertEqual(resumed.returncode, 0, resumed.stderr)
        self.assertEqual([row["epoch"] for row in json.loads(history.read_text())],
                         list(range(1, before + 2)))

    def test_wrong_usage_is_named(self):
        for arguments, part in (
                (["--optimizer.epochs", "many"], "epochs"),
                (["--no-such-option"], "no-such-option"),
                (["--config", self.folder / "none.toml"], "none.toml"),
                (["--optimizer.device", "tpu"], "device")):
            done = self.train(*arguments, folders=self.folder)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(part, done.stderr)
        config = self.folder / "bad.toml"
        config.write_text("[optimizer]\nepoch = 3\n")
        done = self.train("--config", config, folders=self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("line 2", done.stderr)
        missing = self.train(folders=self.folder / "nowhere")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("nowhere", missing.stderr)

    def test_help_names_every_parameter(self):
        shown = subprocess.run([HEARTBEAT, "train", "--help"], capture_output=True, text=True,
                               timeout=60)
        self.assertEqual(shown.returncode, 0)
        for name in ("--config", "--resume", "--features.mel_bands", "--augmentation.mixup_alpha",
                     "--optimizer.learning_rate"):
            self.assertIn(name, shown.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
