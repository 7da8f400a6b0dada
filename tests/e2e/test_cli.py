#!/usr/bin/env python3
"""The command line, the real program with the real model.

usage: test_cli.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import csv
import io
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request
import wave
from pathlib import Path

from sounds import noise_wav
from terminal import read_terminal

PROGRAM = Path()
DATA = Path()
MODEL = Path()
PATIENCE_S = 300  # for a machine under load; only a failing test waits for it

CSV_COLUMNS = [
    "file", "predicted_class", "verdict", "probability_abnormal", "confidence", "quality_ok",
    "duration_s", "error",
]  # fmt: skip
DISCLAIMER = "not a diagnosis"
ESCAPE = "\x1b"


def environment(**added):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    kept.pop("NO_COLOR", None)
    return kept | added


def heartbeat(*arguments, program=None, stdin=b"", cwd=None, **added):
    """Runs the program; gives its exit code, standard output and standard error."""
    done = subprocess.run(
        [program or PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**added),
        timeout=PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def on_terminal(*arguments, **added):
    """Runs the program with a terminal as standard output; gives exit code and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment(TERM="xterm", **added),
    )
    os.close(theirs)
    shown = read_terminal(ours)
    return process.wait(PATIENCE_S), shown


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


class CliTest(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)

    def predict(self, *arguments, **named):
        return heartbeat("predict", "--model", MODEL, *arguments, **named)

    def mixed_folder(self):
        """Good recordings, and bad ones of several kinds among them."""
        folder = self.folder / "mixed"
        (folder / "inner").mkdir(parents=True)
        shutil.copy(DATA / "a0001.flac", folder / "a.flac")
        shutil.copy(DATA / "b0002.flac", folder / "inner" / "c.FLAC")
        (folder / "b.wav").write_bytes(b"this is no recording at all" * 50)
        (folder / "d.wav").write_bytes(b"")
        with wave.open(str(folder / "e.wav"), "wb") as silent:
            silent.setnchannels(1)
            silent.setsampwidth(2)
            silent.setframerate(2000)
            silent.writeframes(bytes(2 * 2000 * 5))
        (folder / "notes.txt").write_text("no recording")
        (folder / ".hidden.wav").write_bytes(b"x")
        return folder

    # What the program says of itself, and wrong usage

    def test_version(self):
        code, out, err = heartbeat("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^heartbeat \d+\.\d+\.\d+\n$")

    def test_help_of_every_verb(self):
        code, out, err = heartbeat("--help")
        self.assertEqual((code, err), (0, ""))
        for verb in ("predict", "features", "evaluate", "train", "serve"):
            self.assertIn("\n  " + verb + " ", out)
        self.assertIn("--config", out)
        for verb in ("predict", "features", "evaluate", "serve"):
            code, out, err = heartbeat(verb, "--help")
            self.assertEqual((code, err), (0, ""), verb)
            self.assertIn("Example: heartbeat " + verb, out)
            self.assertLessEqual(max(map(len, out.splitlines())), 100, "fits a page")

    def test_help_names_defaults_and_environment(self):
        out = heartbeat("serve", "--help")[1]
        self.assertIn("127.0.0.1", out)
        self.assertIn("8000", out)
        self.assertIn("HEARTBEAT_MAX_QUEUE", out)

    def test_mistakes_are_named(self):
        for arguments, added, message in (
            (["perdict", "x"], {}, 'no verb "perdict"'),
            (["predict", "x"], {"HEARTBEAT_THREADS": "many"}, "HEARTBEAT_THREADS is set"),
            (["predict", "--thread", "2", "x"], {}, "--thread"),
        ):
            with self.subTest(arguments=arguments):
                code, _, err = heartbeat(*arguments, **added)
                self.assertEqual(code, 2)
                self.assertIn(message, err)
                self.assertIn("--help", err)

    def test_wrong_usage_is_2(self):
        recording = DATA / "a0001.flac"
        for arguments in (
            [],
            ["perdict", recording],
            ["predict"],
            ["predict", recording, "--no-such-option"],
            ["predict", recording, "--threads", "many"],
            ["predict", recording, "--threads", "-1"],
            ["predict", recording, "--json", "--csv"],
            ["predict", "-", "-", "--model", MODEL],
            ["quality"],
            ["features"],
            ["features", recording, "--preset", "other"],
            ["features", recording, "--mel-scale", "bark"],
            ["features", recording, "--hop-samples", "0"],
            ["features", recording, "--json", "--npy", self.folder / "x.npy"],
            ["evaluate", MODEL],
            ["serve", "--port", "65536"],
            ["serve", "--host", "0.0.0.0", "--model", MODEL],
            ["--config", self.folder / "none.toml", "predict", recording],
        ):
            with self.subTest(arguments=arguments):
                code, out, err = heartbeat(*arguments)
                self.assertEqual(code, 2, err)
                self.assertEqual(out, "")
                self.assertTrue(err.startswith("heartbeat: "), err)

    # predict: formats and streams

    def test_table(self):
        code, out, err = self.predict(DATA / "a0001.flac", DATA / "b0002.flac")
        self.assertEqual(code, 0, err)
        lines = out.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[0].split(),
                         ["file", "verdict", "P(abnormal)", "P(murmur)", "length", "note"])
        for line, name, length in zip(lines[1:], ("a0001.flac", "b0002.flac"), ("20.0", "8.0")):
            found = re.fullmatch(
                r"(\S+)\s+(normal|abnormal|uncertain)\s+([01]\.\d{3})\s+([01]\.\d{3})\s+([\d.]+) s", line)
            self.assertIsNotNone(found, line)
            self.assertTrue(found[1].endswith(name), line)
            self.assertEqual(found[5], length)
        self.assertIn("2 recordings heard", err)
        self.assertIn(DISCLAIMER, err)
        self.assertNotIn(ESCAPE, out + err)

    def test_every_format_holds_the_same(self):
        files = [DATA / name for name in ("a0001.flac", "b0002.flac", "e00001.flac")]
        listed = json.loads(self.predict("--json", *files)[1])
        lines = [json.loads(line) for line in self.predict("--jsonl", *files)[1].splitlines()]
        table = rows_of(self.predict("--csv", *files)[1])
        self.assertEqual(len(listed), 3)
        for file, item, line, row in zip(files, listed, lines, table, strict=True):
            self.assertEqual(item["file_name"], str(file))
            self.assertEqual(item["status"], "success")
            self.assertEqual(item["verdict"], line["verdict"])
            self.assertEqual(item["probability_abnormal"], line["probability_abnormal"])
            self.assertEqual(item["model"]["sha256"], line["model"]["sha256"])
            self.assertIn(DISCLAIMER, item["disclaimer"])
            self.assertEqual(row["file"], str(file))
            self.assertEqual(row["predicted_class"], item["predicted_class"])
            self.assertEqual(row["verdict"], item["verdict"])
            # Both round to six digits.
            self.assertAlmostEqual(
                float(row["probability_abnormal"]), item["probability_abnormal"], delta=2e-6)
            self.assertAlmostEqual(float(row["confidence"]), item["confidence"], delta=2e-6)
            self.assertEqual(row["quality_ok"], "true")
            self.assertEqual(item["quality"], line["quality"])
            self.assertAlmostEqual(
                float(row["duration_s"]), item["recording"]["duration_s"], delta=1e-3)
            self.assertEqual(row["error"], "")

    def test_noise_is_no_verdict(self):
        file = self.folder / "noise.wav"
        file.write_bytes(noise_wav(10))
        code, out, err = self.predict("--json", file)
        self.assertEqual(code, 0, err)
        heard = json.loads(out)[0]
        self.assertEqual(heard["verdict"], "poor_quality")
        self.assertIn(heard["predicted_class"], ("normal", "abnormal"))
        self.assertFalse(heard["quality"]["ok"])
        self.assertIsNone(heard["heart_rate_bpm"])
        for reason in heard["quality"]["reasons"]:
            self.assertIn(reason, heard["clinical_guidance"]["action"])
        self.assertIn("1 to record again", err)
        row = rows_of(self.predict("--csv", file)[1])[0]
        self.assertEqual((row["verdict"], row["quality_ok"]), ("poor_quality", "false"))
        self.assertRegex(self.predict(file)[1], r"poor_quality .* s  no heartbeat found: ")

    # quality

    def test_quality_needs_no_model(self):
        noise = self.folder / "noise.wav"
        noise.write_bytes(noise_wav(30))
        code, out, err = heartbeat("quality", "--jsonl", DATA / "a0001.flac", noise)
        self.assertEqual((code, err), (0, ""))
        good, poor = (json.loads(line) for line in out.splitlines())
        named = json.loads(self.predict("--json", DATA / "a0001.flac")[1])[0]
        self.assertTrue(good["quality"]["ok"])
        # The answer of a prediction rounds to four digits, and the rate to one.
        self.assertAlmostEqual(good["quality"]["score"], named["quality"]["score"], delta=6e-5)
        self.assertAlmostEqual(good["heart_rate_bpm"], named["heart_rate_bpm"], delta=0.06)
        self.assertFalse(poor["quality"]["ok"])
        self.assertEqual([(part["start_s"], part["end_s"]) for part in poor["parts"]],
                         [(0, 15), (15, 30)])
        for part in good["parts"] + poor["parts"]:
            self.assertEqual(len(part["measures"]), 8)

    def test_quality_is_a_table_with_what_failed(self):
        bad = self.folder / "bad.wav"
        bad.write_bytes(b"this is no recording at all" * 50)
        code, out, err = heartbeat("quality", DATA / "a0001.flac", bad)
        self.assertEqual(code, 1)
        lines = out.splitlines()
        self.assertEqual(lines[0].split(), ["quality", "score", "beats/min", "file"])
        self.assertRegex(lines[1], r"^good +[01]\.\d{3} +\d+  .*a0001\.flac$")
        self.assertRegex(lines[2], r"^failed +- +-  .*bad\.wav: This is not a sound file")
        self.assertIn("1 failed", err)

    def test_one_file_is_an_array_too(self):
        self.assertEqual(len(json.loads(self.predict("--json", DATA / "a0001.flac")[1])), 1)

    def test_csv_is_rfc_4180(self):
        odd = self.folder / 'a "b", c\nd.flac'
        shutil.copy(DATA / "b0002.flac", odd)
        code, out, err = self.predict("--csv", odd)
        self.assertEqual(code, 0, err)
        self.assertTrue(out.startswith(",".join(CSV_COLUMNS) + "\r\n"))
        self.assertTrue(out.endswith("\r\n"))
        self.assertEqual([row["file"] for row in rows_of(out)], [str(odd)])

    def test_standard_input(self):
        named = json.loads(self.predict("--json", DATA / "a0001.flac")[1])[0]
        code, out, err = self.predict("--json", "-", stdin=(DATA / "a0001.flac").read_bytes())
        self.assertEqual(code, 0, err)
        piped = json.loads(out)[0]
        self.assertEqual(piped["file_name"], "-")
        self.assertEqual(piped["probability_abnormal"], named["probability_abnormal"])
        self.assertEqual(piped["recording"]["sha256"], named["recording"]["sha256"])

    def test_empty_standard_input_fails(self):
        code, out, _ = self.predict("--json", "-")
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(out)[0]["code"], "recording-empty")

    def test_bad_files_among_good_ones(self):
        folder = self.mixed_folder()
        code, out, err = self.predict("--json", folder)
        self.assertEqual(code, 1)
        items = json.loads(out)
        self.assertEqual(
            [(Path(item["file_name"]).name, item["status"], item.get("code")) for item in items],
            [
                ("a.flac", "success", None),
                ("b.wav", "error", "unsupported-format"),
                ("d.wav", "error", "recording-empty"),
                ("e.wav", "error", "recording-silent"),
                ("c.FLAC", "success", None),
            ],
        )
        for item in items:
            if item["status"] == "error":
                self.assertEqual(set(item), {"file_name", "status", "error", "code"})
                self.assertTrue(item["error"])
        self.assertIn("2 recordings heard", err)
        self.assertIn("3 failed", err)
        self.assertIn("b.wav", err)

        code, out, _ = self.predict("--csv", folder)
        self.assertEqual(code, 1)
        self.assertEqual([bool(row["error"]) for row in rows_of(out)],
                         [False, True, True, True, False])  # fmt: skip
        code, out, _ = self.predict(folder)
        self.assertEqual(code, 1)
        self.assertEqual([line.split()[1] for line in out.splitlines()[2:5]], ["failed"] * 3)

    def test_missing_files_and_patterns(self):
        code, out, _ = self.predict(
            "--json", "none.wav", DATA / "a000*.flac", self.folder / "*.wav", self.folder)
        self.assertEqual(code, 1)
        items = json.loads(out)
        self.assertEqual([item["status"] for item in items],
                         ["error", "success", "error", "error"])  # fmt: skip
        self.assertEqual(items[1]["file_name"], str(DATA / "a0001.flac"))
        self.assertEqual({item["code"] for item in items if item["status"] == "error"},
                         {"not-found"})  # fmt: skip

    def test_order_and_repetition_with_many_threads(self):
        files = [DATA / "e00001.flac", DATA / "b0002.flac"] * 5 + [DATA / "none.wav"] * 3
        code, out, _ = self.predict("--jsonl", "--threads", 8, *files)
        self.assertEqual(code, 1)
        names = [json.loads(line)["file_name"] for line in out.splitlines()]
        self.assertEqual(names, [str(file) for file in files])

    def test_results_are_streamed(self):
        """The first row is there while the next file is still to come."""
        fifo_like = [DATA / "b0002.flac", "-"]
        process = subprocess.Popen(
            [PROGRAM, "predict", "--csv", "--threads", "2", "--model", MODEL, *fifo_like],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        alarm = threading.Timer(PATIENCE_S, process.kill)
        alarm.start()
        try:
            self.assertTrue(process.stdout.readline().startswith(b"file,"))
            self.assertIn(b"b0002.flac,", process.stdout.readline())
            self.assertIsNone(process.poll())
            out, _ = process.communicate((DATA / "a0001.flac").read_bytes())
            self.assertTrue(out.startswith(b"-,"), out)
            self.assertEqual(process.returncode, 0)
        finally:
            alarm.cancel()
            process.kill()
            process.wait()

    def test_quiet_says_nothing_beside_the_results(self):
        code, out, err = self.predict("--quiet", "--csv", DATA / "b0002.flac")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(len(rows_of(out)), 1)

    def test_color_on_a_terminal_only(self):
        arguments = ("predict", "--model", MODEL, DATA / "b0002.flac")
        code, shown = on_terminal(*arguments)
        self.assertEqual(code, 0)
        self.assertRegex(shown, r"\x1b\[3[12]m(ab)?normal")
        self.assertNotIn(ESCAPE, on_terminal(*arguments, NO_COLOR="1")[1])
        self.assertNotIn(ESCAPE, heartbeat(*arguments)[1])
        self.assertNotIn(ESCAPE, on_terminal(*arguments, "--csv")[1])

    def test_progress_is_gone_from_the_terminal_in_the_end(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [PROGRAM, "predict", "--model", MODEL, "--threads", "1",
             DATA / "b0002.flac", "-", DATA / "b0257.flac"],
            stdin=subprocess.PIPE, stdout=theirs, stderr=theirs, env=environment())  # fmt: skip
        os.close(theirs)
        time.sleep(1.5)  # shorter work shows no progress
        process.stdin.write((DATA / "a0001.flac").read_bytes())
        process.stdin.close()
        shown = read_terminal(ours)
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertIn("2/3", shown)
        # What stays of each line is what comes after it was last erased.
        lines = [line.split("\r\x1b[K")[-1] for line in shown.split("\r\n")]
        self.assertEqual(sum("/b0002.flac" in line for line in lines), 1)
        self.assertFalse([line for line in lines if line.startswith("[")], shown)
        self.assertTrue(any(line.startswith("heartbeat: 3 recordings") for line in lines), shown)

    def test_a_full_disk_is_noticed(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [PROGRAM, "predict", "--model", MODEL, "--csv", DATA / "b0002.flac"],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(),
                timeout=PATIENCE_S,
                check=False,
            )
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to standard output", done.stderr)

    def test_a_model_that_is_none(self):
        recording = DATA / "b0002.flac"
        for model in (self.folder / "none.onnx", self.folder, recording):
            with self.subTest(model=model):
                code, out, err = heartbeat("predict", "--model", model, recording)
                self.assertEqual((code, out), (1, ""))
                self.assertTrue(err.startswith("heartbeat: "), err)

    # Where options come from

    def test_environment_and_configuration_file(self):
        recording = DATA / "b0002.flac"
        config = self.folder / "heartbeat.toml"
        config.write_text(f'model = "{MODEL}"\n[predict]\njson = true # not a table\n')
        code, out, err = heartbeat("predict", "--config", config, recording)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(json.loads(out)), 1)
        code, out, err = heartbeat("predict", recording, HEARTBEAT_CONFIG=str(config))
        self.assertEqual(code, 0, err)
        self.assertEqual(len(json.loads(out)), 1)
        code, out, err = heartbeat("predict", "--csv", "--config", config, recording)
        self.assertEqual(code, 0, err)
        self.assertEqual(len(rows_of(out)), 1, "the command line goes before the file")

        code, out, err = heartbeat(
            "predict", recording, HEARTBEAT_MODEL=str(MODEL), HEARTBEAT_JSONL="1")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["status"], "success")
        code, _, err = heartbeat(
            "predict", "--config", config, recording, HEARTBEAT_MODEL="none.onnx")
        self.assertEqual(code, 1, "the environment goes before the file")
        self.assertIn("none.onnx", err)

    def test_mistakes_in_the_configuration_file_are_named(self):
        config = self.folder / "heartbeat.toml"
        for text, message in (
            ("[predict]\nthraeds = 2\n", "line 2"),
            ("[predict\n", "line 1"),
            ("[perdict]\n", "perdict"),
            ("[predict]\nthreads = 'many'\n", "threads"),
        ):
            with self.subTest(text=text):
                config.write_text(text)
                code, _, err = heartbeat("--config", config, "predict", DATA / "b0002.flac")
                self.assertEqual(code, 2, err)
                self.assertIn(message, err)
        code, _, err = heartbeat(
            "predict", DATA / "b0002.flac", HEARTBEAT_CONFIG=str(self.folder / "none.toml"))
        self.assertEqual(code, 2, err)
        self.assertIn("none.toml", err)

    # features

    def test_features_for_people(self):
        code, out, err = heartbeat("features", DATA / "a0001.flac")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("FLAC, 2000 Hz, 1 channel, 20.000 s", out)
        self.assertIn("128 bands x 1251 frames, 62.500 frames a second", out)
        self.assertIn("decibels: min ", out)

    def test_features_as_json(self):
        code, out, err = heartbeat(
            "features", DATA / "b0002.flac", "--json", "--mel-bands", 32, "--hop-samples", 128,
            "--fft-samples", 2048, "--normalization", "none")  # fmt: skip
        self.assertEqual((code, err), (0, ""))
        item = json.loads(out)
        self.assertEqual(item["shape"], [32, 251])
        self.assertEqual(item["config"]["hop_samples"], 128)
        self.assertEqual(item["config"]["normalization"], "none")
        self.assertEqual(len(item["mel_centers_hz"]), 32)
        self.assertEqual([len(band) for band in item["values"]], [251] * 32)
        values = [value for band in item["values"] for value in band]
        # The values are printed as 32-bit floats, the summary as the same floats in 64 bits.
        self.assertAlmostEqual(min(values), item["min_db"], delta=1e-4)
        self.assertAlmostEqual(max(values), item["max_db"], delta=1e-4)

    def test_features_as_numpy_file(self):
        path = self.folder / "x.npy"
        arguments = ("features", DATA / "a0001.flac", "--preset", "original")
        code, out, err = heartbeat(*arguments, "--npy", path)
        self.assertEqual((code, out), (0, ""), err)
        data = path.read_bytes()
        self.assertEqual(data[:6], b"\x93NUMPY")
        header = data[10 : 10 + struct.unpack("<H", data[8:10])[0]].decode()
        self.assertIn("'shape': (128, 79)", header)
        self.assertEqual(len(data) - 10 - len(header), 4 * 128 * 79)
        values = struct.unpack(f"<{128 * 79}f", data[10 + len(header) :])
        self.assertAlmostEqual(max(values), 0, delta=1e-3)  # decibels below the maximum
        self.assertGreaterEqual(min(values), -80.001)  # top_db
        listed = json.loads(heartbeat(*arguments, "--json")[1])["values"]
        self.assertAlmostEqual(listed[127][78], values[-1], delta=1e-4)

        process = subprocess.run(
            [PROGRAM, *map(str, arguments), "--npy", "-"],
            capture_output=True, env=environment(), timeout=PATIENCE_S, check=True)  # fmt: skip
        self.assertEqual(process.stdout, data)

    def test_features_of_what_is_no_recording(self):
        (self.folder / "x.wav").write_text("no recording")
        for path in (self.folder / "x.wav", self.folder / "none.wav", self.folder):
            with self.subTest(path=path):
                code, out, err = heartbeat("features", path)
                self.assertEqual((code, out), (1, ""))
                self.assertIn(path.name, err)

    def test_features_that_cannot_be_written(self):
        path = self.folder / "none" / "x.npy"
        code, _, err = heartbeat("features", DATA / "b0002.flac", "--npy", path)
        self.assertEqual(code, 1)
        self.assertIn("x.npy", err)

    # evaluate

    def test_evaluate(self):
        out_folder = self.folder / "a" / "report"
        code, out, err = heartbeat("evaluate", MODEL, DATA, "--out", out_folder)
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"(?m)^all +4 +4 +0 ")
        self.assertRegex(out, r"(?m)^training-e +2 +1 +0 ")
        report = json.loads((out_folder / "metrics.json").read_text())
        self.assertEqual(report["groups"][0]["database"], "all")
        self.assertEqual(len(report["model"]["sha256"]), 64)
        rows = rows_of((out_folder / "predictions.csv").read_text())
        self.assertEqual(len(rows), 8)

        heard = json.loads(self.predict("--json", DATA / "a0001.flac")[1])[0]
        row = next(row for row in rows if row["record"] == "a0001")
        # The same path for both: equal but for rounding to six digits.
        self.assertAlmostEqual(
            float(row["probability_abnormal"]), heard["probability_abnormal"], delta=2e-6)

    def test_evaluate_a_split_as_json(self):
        code, out, err = heartbeat(
            "evaluate", MODEL, DATA, "--split", "validation", "--json", "--threads", 1)
        self.assertEqual(code, 0, err)
        report = json.loads(out)
        self.assertEqual(report["split"], "validation")
        self.assertEqual((report["groups"][0]["normal"], report["groups"][0]["abnormal"]), (2, 2))
        code, out, err = heartbeat("evaluate", MODEL, DATA, "--split", "tset")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("train, validation", err)

    def test_evaluate_explanations(self):
        # What the evidence names moves the verdicts more than as much of anything else.
        code, out, err = heartbeat("evaluate", MODEL, DATA, "--explanations", "--json")
        self.assertEqual((code, err), (0, ""), err)
        judged = json.loads(out)
        self.assertEqual((judged["protocol"], judged["refused"]), ("deletion", 0))
        self.assertEqual(judged["recordings"], 8)
        self.assertEqual([one["share_deleted"] for one in judged["shares"]], [0.05, 0.1, 0.2])
        for one in judged["shares"]:
            changes = one["mean_change_of_logit"]
            self.assertGreater(changes["evidence"]["value"], changes["random"]["value"])
            self.assertGreater(one["more_than_random"]["low"], 0)
        code, again, _ = heartbeat("evaluate", MODEL, DATA, "--explanations", "--json",
                                   "--threads", 1)
        self.assertEqual((code, again), (0, out))
        code, out, _ = heartbeat("evaluate", MODEL, DATA, "--explanations")
        self.assertEqual(code, 0)
        self.assertIn("by evidence", out)
        self.assertEqual(len(out.splitlines()), 5)

    def test_evaluate_names_what_was_refused(self):
        for label in ("normal", "abnormal"):
            (self.folder / "data" / label).mkdir(parents=True)
        shutil.copy(DATA / "b0002.flac", self.folder / "data/normal/x.flac")
        shutil.copy(DATA / "b0257.flac", self.folder / "data/abnormal/y.flac")
        (self.folder / "data/abnormal/broken.wav").write_bytes(b"no recording")
        code, out, err = heartbeat("evaluate", MODEL, self.folder / "data")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"(?m)^all +1 +1 +1 ")
        self.assertIn("broken.wav", err)

    def test_evaluate_what_is_no_dataset(self):
        code, out, err = heartbeat("evaluate", MODEL, self.folder / "none")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("none", err)

    # train

    def test_train_without_the_trainer(self):
        program = shutil.copy(PROGRAM, self.folder / "heartbeat")
        code, out, err = heartbeat("train", "--epochs", 3, program=program, PATH="")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("heartbeat-train", err)
        self.assertIn("script/server --with-training", err)

    def test_train_becomes_the_trainer(self):
        program = shutil.copy(PROGRAM, self.folder / "heartbeat")
        trainer = self.folder / "heartbeat-train"
        trainer.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nexit 7\n')
        trainer.chmod(0o755)
        arguments = ("--config", "a b.toml", "--", "--help", "-h", "", "predict")
        code, out, err = heartbeat("train", *arguments, program=program)
        self.assertEqual((code, err), (7, ""))
        self.assertEqual(out, "".join(f"<{argument}>" for argument in arguments))

    def test_train_comes_first(self):
        config = self.folder / "heartbeat.toml"
        config.write_text("threads = 1\n")
        code, out, err = heartbeat("--config", config, "train", "--epochs", "3")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("train", err)

    # serve (test_serve.py holds the server itself to its contract)

    def test_serve_greets_and_stops(self):
        process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", "--model", MODEL, "--data-dir",
             self.folder / "data"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        alarm = threading.Timer(PATIENCE_S, process.kill)
        alarm.start()
        try:
            greeting = process.stderr.readline()
            found = re.search(
                r"^heartbeat: HeartBeat AI listens on (http://127\.0\.0\.1:\d+) \(model .+ .+\)$",
                greeting)
            self.assertIsNotNone(found, greeting)
            # Once it answers, it also minds signals.
            self.assertEqual(process.stderr.readline(),
                             f"heartbeat: keeps the history in {self.folder / 'data'}\n")
            with urllib.request.urlopen(found[1] + "/health", timeout=PATIENCE_S) as answer:
                self.assertTrue(json.load(answer)["model_loaded"])
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate()
            self.assertEqual((process.returncode, out), (0, ""))
        finally:
            alarm.cancel()
            process.kill()
            process.wait()


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    PROGRAM, DATA, MODEL = (Path(argument).resolve() for argument in sys.argv[1:4])
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
