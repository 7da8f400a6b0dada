#!/usr/bin/env python3
"""The HTML report of `heartbeat evaluate`, the real program with the real model.

usage: test_report.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import base64
import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

from models import uncalibrated
from standalone_page import SVG, Page, text_of

PROGRAM = Path()
DATA = Path()
MODEL = Path()
PATIENCE_S = 300
MAX_PAGE_BYTES = 4 << 20


def evaluate(*arguments):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    done = subprocess.run(
        [PROGRAM, "evaluate", *map(str, arguments)],
        capture_output=True, env=kept, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def page(self, folder):
        document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        text = (folder / "report.html").read_text(encoding="utf-8")
        self.assertLess(len(text.encode()), MAX_PAGE_BYTES)
        page = Page(self, text, document)
        page.check()
        return page, document

    def test_a_model_on_real_recordings(self):
        # Labels turned around, so that there are errors to show whatever the model says.
        shutil.copytree(DATA, self.folder / "data", ignore=shutil.ignore_patterns("circor", "formats"))
        manifest = self.folder / "data" / "manifest.csv"
        text = manifest.read_text(encoding="utf-8")
        turned = text.replace(",abnormal,", ",?,").replace(",normal,", ",abnormal,")
        manifest.write_text(turned.replace(",?,", ",normal,"), encoding="utf-8")
        code, _, err = evaluate(MODEL, self.folder / "data", "--out", self.folder / "out")
        self.assertEqual(code, 0, err)
        page, document = self.page(self.folder / "out")
        self.assertNotIn(str(self.folder), page.text)
        errors = document["largest_errors"]
        self.assertGreater(len(errors), 2)

        # The errors are those of predictions.csv, each with a sound that plays and a picture.
        rows = csv.DictReader(io.StringIO((self.folder / "out" / "predictions.csv").read_text()))
        predicted = {row["record"]: row for row in rows}
        sounds = [e.attrib["src"] for e in page.root.iter("audio")]
        self.assertEqual(len(sounds), len(errors))
        for error, sound in zip(errors, sounds, strict=True):
            row = predicted[error["record"]]
            self.assertAlmostEqual(float(row["probability_abnormal"]), error["probability_abnormal"])
            called = error["probability_abnormal"] >= error["threshold"]
            self.assertNotEqual(called, error["label"] == "abnormal")
            kind, data = sound.split(",", 1)
            self.assertEqual(kind, "data:audio/wav;base64")
            with wave.open(io.BytesIO(base64.b64decode(data, validate=True))) as file:
                self.assertEqual((file.getnchannels(), file.getsampwidth()), (1, 2))
                self.assertEqual(file.getframerate(), 4000)
                self.assertLessEqual(file.getnframes(), 8 * 4000)
                self.assertGreater(file.getnframes(), 4000)
        pictures = [e.attrib["href"] for e in page.root.iter(SVG + "image")]
        self.assertEqual(len(pictures), len(errors))
        for picture in pictures:
            head = base64.b64decode(picture.split(",", 1)[1])[:8]
            self.assertEqual(head, b"\x89PNG\r\n\x1a\n")
        distances = [
            abs(e["probability_abnormal"] - (e["label"] == "abnormal")) for e in errors
        ]
        self.assertEqual(distances, sorted(distances, reverse=True))

    def test_what_it_must_say(self):
        model = uncalibrated(MODEL, self.folder / "plain.onnx")
        code, _, err = evaluate(model, DATA, "--out", self.folder)
        self.assertEqual(code, 0, err)
        page, document = self.page(self.folder)
        words = " ".join(text_of(page.root.find("body")).split())
        for part in ("not a diagnosis", "95 % interval", "does not cover another hospital",
                     document["model"]["sha256"], "There are no conformal prediction sets"):
            self.assertIn(part, words)
        titles = {text_of(e) for e in page.root.iter(SVG + "text")}
        for title in ("ROC curve", "Precision and recall", "Reliability, all recordings",
                      "Risk and coverage", "AUROC", "MAcc"):
            self.assertIn(title, titles)

    def test_conformal_sets_where_they_are_fitted(self):
        model = uncalibrated(MODEL, self.folder / "plain.onnx")
        code, _, err = evaluate(model, DATA, "--split", "train", "--out", self.folder / "fit")
        self.assertEqual(code, 0, err)
        code, _, err = evaluate(model, DATA, "--split", "validation", "--out", self.folder / "out",
                                "--calibration", self.folder / "fit" / "predictions.csv")
        self.assertEqual(code, 0, err)
        page, document = self.page(self.folder / "out")
        self.assertIsNotNone(document["prediction_sets"])
        self.assertIn("Conformal prediction sets", page.text)
        self.assertNotIn("There are no conformal", page.text)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    PROGRAM, DATA, MODEL = (Path(argument).resolve() for argument in sys.argv[1:4])
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
