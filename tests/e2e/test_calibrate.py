#!/usr/bin/env python3
"""Calibration from out-of-fold predictions to the verdict `uncertain`, the real program with the real
model.

usage: test_calibrate.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import csv
import io
import json
import math
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness
from event_stream import EventStream
from harness import Server, ServerTest, environment
from models import OUT_OF_FOLD, uncalibrated

PATIENCE_CALIBRATING_S = 600  # seconds of work, for a machine under load


def heartbeat(*arguments, **added):
    done = subprocess.run(
        [harness.PROGRAM, *map(str, arguments)], capture_output=True, text=True,
        env=environment(**added), timeout=PATIENCE_CALIBRATING_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


class CalibrateTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._folder = tempfile.TemporaryDirectory(prefix="heartbeat-")
        cls.folder = Path(cls._folder.name)
        cls.plain = uncalibrated(harness.MODEL, cls.folder / "plain.onnx")
        cls.model = cls.folder / "calibrated.onnx"
        cls.fitted = heartbeat("calibrate", cls.plain, OUT_OF_FOLD, "--out", cls.model)
        cls.recordings = sorted(harness.DATA.glob("*.flac")) + sorted(
            (harness.DATA / "circor").glob("*.flac")
        )

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()
        super().tearDownClass()

    def predict(self, *options, model=None, **added):
        code, out, err = heartbeat(
            "predict", "--json", "--model", model or self.model, *options, *self.recordings, **added
        )
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def test_what_was_fitted_is_printed(self):
        code, out, err = self.fitted
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"calibrated logit = \d\.\d{4} \* mean logit [+-]\d\.\d{4}\n")
        points = dict(re.findall(r"^(screening|balanced|specific) +(0\.\d+)", out, re.MULTILINE))
        values = [float(points[name]) for name in ("screening", "balanced", "specific")]
        self.assertEqual(values, sorted(values))
        self.assertIn("Before, at a prevalence of 0.5", out)
        self.assertIn("After, each fold by the calibration of the others", out)
        for database in ("all", "training-a", "training-e", "training-f"):
            self.assertEqual(len(re.findall(rf"^{database} ", out, re.MULTILINE)), 3, database)
        self.assertIn(str(self.model), err)

    def test_the_same_predictions_give_the_same_file(self):
        again = self.folder / "again.onnx"
        self.assertEqual(heartbeat("calibrate", self.plain, OUT_OF_FOLD, "--out", again)[0], 0)
        self.assertEqual(again.read_bytes(), self.model.read_bytes())
        # Calibrating what is calibrated begins anew.
        self.assertEqual(heartbeat("calibrate", again, OUT_OF_FOLD, "--out", again)[0], 0)
        self.assertEqual(again.read_bytes(), self.model.read_bytes())

    def test_the_calibrated_model_may_have_a_version_of_its_own(self):
        named = self.folder / "named.onnx"
        code, _, err = heartbeat(
            "calibrate", self.plain, OUT_OF_FOLD, "--out", named, "--model-version", "9.8.7"
        )
        self.assertEqual(code, 0, err)
        versions = {one["model"]["version"] for one in self.predict(model=named)}
        self.assertEqual(versions, {"9.8.7"})

    def test_the_verdict_is_the_prediction_set(self):
        raw = {one["file_name"]: one for one in self.predict(model=self.plain)}
        slope, intercept = map(
            float, re.search(r"= (\S+) \* mean logit (\S+)", self.fitted[1]).groups()
        )
        for one in self.predict():
            name = one["file_name"]
            self.assertEqual(one["operating_point"], "balanced")
            self.assertEqual(one["prevalence"], 0.5)
            before = raw[name]["probability_abnormal"]
            logit = slope * math.log(before / (1 - before)) + intercept
            # What four digits of slope and intercept leave.
            self.assertAlmostEqual(one["probability_abnormal"], 1 / (1 + math.exp(-logit)), 3)
            called = one["probability_abnormal"] >= one["threshold_used"]
            self.assertEqual(one["predicted_class"], "abnormal" if called else "normal")
            if one["quality"]["ok"]:
                only = one["prediction_set"] == [one["predicted_class"]]
                self.assertEqual(one["verdict"], one["predicted_class"] if only else "uncertain")
                if not only:
                    self.assertIn("cannot tell", one["clinical_guidance"]["summary"])
                    self.assertEqual(one["risk_assessment"]["risk_level"], "MODERATE")
        for one in raw.values():
            for field in ("prediction_set", "operating_point", "prevalence"):
                self.assertNotIn(field, one)
            self.assertNotEqual(one["verdict"], "uncertain")

    def test_operating_points_change_classes(self):
        abnormal = []
        for point in ("screening", "balanced", "specific"):
            answers = self.predict("--operating-point", point)
            self.assertEqual({one["operating_point"] for one in answers}, {point})
            abnormal.append({
                one["file_name"] for one in answers if one["predicted_class"] == "abnormal"
            })  # fmt: skip
        self.assertGreaterEqual(abnormal[0], abnormal[1])
        self.assertGreaterEqual(abnormal[1], abnormal[2])
        self.assertNotEqual(abnormal[0], abnormal[2], "no recording is between their thresholds")
        # As for every option: the environment, and the configuration file.
        answers = self.predict(HEARTBEAT_OPERATING_POINT="specific")
        self.assertEqual({one["operating_point"] for one in answers}, {"specific"})
        config = self.folder / "config.toml"
        config.write_text('[predict]\noperating-point = "screening"\nprevalence = 0.25\n')
        answers = self.predict("--config", config)
        self.assertEqual({one["operating_point"] for one in answers}, {"screening"})
        self.assertEqual({one["prevalence"] for one in answers}, {0.25})

    def test_prevalence_moves_probabilities_and_no_class(self):
        half = {one["file_name"]: one for one in self.predict()}
        for prevalence in (0.05, 0.8):
            for one in self.predict("--prevalence", prevalence):
                before = half[one["file_name"]]
                odds = before["probability_abnormal"] / (1 - before["probability_abnormal"])
                odds *= prevalence / (1 - prevalence)
                # Both are rounded to six digits, and odds of 19 make the most of that.
                self.assertAlmostEqual(
                    one["probability_abnormal"], odds / (1 + odds), delta=0.6e-6 * 20
                )
                for field in ("predicted_class", "verdict", "prediction_set"):
                    self.assertEqual(one[field], before[field])
                self.assertEqual(one["prevalence"], prevalence)

    def test_a_server_with_a_calibrated_model(self):
        # Sets that hardly ever miss the truth are wide: some recordings are uncertain to any model.
        wide = self.folder / "wide.onnx"
        code, _, err = heartbeat(
            "calibrate", self.plain, OUT_OF_FOLD, "--out", wide, "--error-level", "0.01"
        )
        self.assertEqual(code, 0, err)
        options = ("--operating-point", "specific", "--prevalence", "0.1")
        with Server(*options, model=wide) as server:
            card = server.get("/model").json()
            calibration = card["calibration"]
            self.assertEqual(calibration["operating_point"], "specific")
            self.assertEqual(calibration["prevalence"], 0.1)
            odds = calibration["operating_points"]["specific"]
            odds = odds / (1 - odds) / 9
            self.assertEqual(calibration["prediction_sets"]["error_level"], 0.01)
            self.assertAlmostEqual(card["threshold"], odds / (1 + odds), delta=1e-12)
            stream = EventStream(server)
            self.addCleanup(stream.close)
            answers = [
                server.predict(path.read_bytes(), path.name).json() for path in self.recordings
            ]
            uncertain = [one for one in answers if one["verdict"] == "uncertain"]
            self.assertGreater(len(uncertain), 0, "the test needs one that is")
            self.assertEqual({one["threshold_used"] for one in answers}, {round(card["threshold"], 6)})
            page = server.get("/predictions?verdict=uncertain").json()["predictions"]
            self.assertEqual({one["id"] for one in page}, {one["id"] for one in uncertain})
            kept = server.get("/predictions/" + uncertain[0]["id"]).json()
            self.assertEqual(kept["prediction_set"], uncertain[0]["prediction_set"])
            table = csv.DictReader(io.StringIO(server.get("/predictions.csv").text))
            self.assertEqual(
                {row["id"] for row in table if row["verdict"] == "uncertain"},
                {one["id"] for one in uncertain},
            )
            metrics = server.get("/metrics", headers={"Accept": "text/plain"}).text
            counted = sum(
                int(float(value))
                for value in re.findall(r'^\S*predictions\S*\{[^}]*verdict="uncertain"[^}]*\} (\S+)',
                                        metrics, re.MULTILINE)
            )
            self.assertEqual(counted, len(uncertain))
            self.assertTrue(stream.wait(lambda: len(stream.of_type("prediction")) == len(answers)))
            told = {one["id"] for one in stream.of_type("prediction")
                    if one["verdict"] == "uncertain"}
            self.assertEqual(told, {one["id"] for one in uncertain})
            self.assertTrue(stream.wait(
                lambda: stream.of_type("load")[-1]["verdicts"]["uncertain"] == len(uncertain)
            ))

    def test_an_uncalibrated_model_is_not_asked_what_it_cannot_say(self):
        for option in (("--operating-point", "screening"), ("--prevalence", "0.2")):
            code, out, err = heartbeat(
                "predict", "--model", self.plain, *option, self.recordings[0]
            )
            self.assertEqual((code, out), (2, ""))
            self.assertIn("not calibrated", err)
        with Server("--operating-point", "screening", model=self.plain) as server:
            self.assertEqual(server.get("/health").json()["model_loaded"], False)
            self.assertTrue(any("not calibrated" in line for line in server.lines))
        with Server(model=self.plain) as server:
            self.assertIsNone(server.get("/model").json()["calibration"])

    def test_wrong_usage(self):
        for option in (
            ("--operating-point", "sharp"), ("--prevalence", "0"), ("--prevalence", "1"),
            ("--prevalence", "a"),
        ):  # fmt: skip
            code, _, err = heartbeat("predict", "--model", self.model, *option, self.recordings[0])
            self.assertEqual(code, 2, option)
            self.assertIn(option[0], err)
        self.assertIn(
            "screening, balanced or specific",
            heartbeat("predict", "--operating-point", "sharp", self.recordings[0])[2],
        )
        self.assertEqual(heartbeat("calibrate", self.plain, OUT_OF_FOLD)[0], 2, "--out is needed")

    def refusal(self, change):
        with open(OUT_OF_FOLD, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        rows = change(rows) or rows
        table = self.folder / "changed.csv"
        with open(table, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        out = self.folder / "never.onnx"
        code, printed, err = heartbeat("calibrate", self.plain, table, "--out", out)
        self.assertEqual((code, printed), (2, ""))
        self.assertFalse(out.exists())
        return err

    def test_refuses_what_must_not_be_fitted_on(self):
        self.assertIn('split "validation"', self.refusal(lambda all: all[5].update(split="validation")))
        self.assertIn('split "test"', self.refusal(lambda all: all[5].update(split="test")))
        self.assertIn("has no fold", self.refusal(lambda all: all[5].update(fold="")))
        self.assertIn("50 of each", self.refusal(lambda all: all[:60]))
        self.assertIn("sigmoid of its logit",
                      self.refusal(lambda all: all[5].update(probability_abnormal="0.5")))
        code, _, err = heartbeat(
            "calibrate", harness.DATA / "a0001.flac", OUT_OF_FOLD, "--out", self.folder / "no.onnx"
        )
        self.assertEqual(code, 1)
        self.assertIn("ONNX", err)

    def test_evaluate_with_the_models_own_sets(self):
        out = self.folder / "scored"
        code, table, err = heartbeat("evaluate", self.model, harness.DATA, "--out", out)
        self.assertEqual(code, 0, err)
        for column in ("calibration error", "set coverage", "uncertain", "their error"):
            self.assertIn(column, table)
        document = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        self.assertEqual(document["prediction_sets"]["error_level"], 0.1)
        self.assertIn("own metadata", document["prediction_sets"]["fitted_on"])
        with open(out / "predictions.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        # The figures again, from the rows.
        share = sum(row["verdict"] == "uncertain" for row in rows) / len(rows)
        everything = document["groups"][0]
        self.assertAlmostEqual(everything["verdicts"]["uncertain_share"]["value"], share)
        covered = sum(row["prediction_set"] in (row["label"], "both") for row in rows) / len(rows)
        self.assertAlmostEqual(everything["prediction_sets"]["coverage"]["value"], covered)
        # Probabilities are stated at the prevalence that the figures are of.
        code, _, err = heartbeat(
            "evaluate", self.model, harness.DATA, "--prevalence", 0.2, "--operating-point",
            "screening", "--out", out,
        )  # fmt: skip
        self.assertEqual(code, 0, err)
        rare = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        self.assertEqual(rare["prevalence"], 0.2)
        self.assertLess(rare["threshold"], document["threshold"])
        self.assertGreaterEqual(rare["groups"][0]["sensitivity"]["value"],
                                everything["sensitivity"]["value"])
        code, _, err = heartbeat(
            "evaluate", self.model, harness.DATA, "--calibration", OUT_OF_FOLD
        )
        self.assertEqual(code, 2)
        self.assertIn("sets of its own", err)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=20)
