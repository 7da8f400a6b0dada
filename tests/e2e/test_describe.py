#!/usr/bin/env python3
"""`heartbeat evaluate --describe`, the real program over real and made recordings.

usage: test_describe.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL is not used.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

from standalone_page import Page

PROGRAM = Path()
DATA = Path()
PATIENCE_S = 300


def describe(*arguments, cwd=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    done = subprocess.run(
        [PROGRAM, "evaluate", "--describe", *map(str, arguments)],
        capture_output=True, cwd=cwd, env=kept, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def read_wav(path):
    with wave.open(str(path)) as file:
        return list(memoryview(file.readframes(file.getnframes())).cast("h"))


def write_wav(path, samples, rate=2000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(s.to_bytes(2, "little", signed=True) for s in samples))


class Describe(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def report(self, folder):
        document = json.loads((folder / "describe.json").read_text(encoding="utf-8"))
        return document, (folder / "describe.html").read_text(encoding="utf-8")

    def test_two_datasets_together(self):
        out_folder = self.folder / "new" / "report"
        code, out, err = describe(DATA, DATA / "circor", "--out", out_folder)
        self.assertEqual(code, 0, err)
        self.assertIn("training-a", out)
        self.assertIn("murmur present", out)
        self.assertIn("describe.html", err)
        document, page = self.report(out_folder)
        self.assertEqual(document["totals"]["recordings"], 12)
        self.assertEqual(document["datasets"], ["data", "circor"])
        self.assertEqual({row["database"] for row in document["locations"]}, {"circor"})
        # Different recordings, two of them of one patient: none is a copy.
        self.assertEqual(document["copies"]["near"]["count"], 0)
        Page(self, page, document).check()

    def test_copies_in_another_format_are_found(self):
        # a0001 is here as FLAC, WAV, MP3, Vorbis and Opus; as WAV it is also shifted, softer and in
        # another class and split.
        rows = ["record,label,database,split"]
        for name in ("a0060", "b0002", "e00001"):
            shutil.copy(DATA / f"{name}.flac", self.folder)
            rows.append(f"{name},normal,x,train")
        for number, source in enumerate(
            [DATA / "a0001.flac", *sorted((DATA / "formats").glob("a0001*"))]
        ):
            shutil.copy(source, self.folder / f"copy{number}{source.suffix}")
            rows.append(f"copy{number},abnormal,x,train")
        samples = read_wav(DATA / "formats" / "a0001.wav")
        write_wav(self.folder / "softer.wav", [s // 3 for s in samples[1234:]])
        rows.append("softer,normal,y,test")
        (self.folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        code, _, err = describe(self.folder, "--out", self.folder / "out")
        self.assertEqual(code, 0, err)
        document, page = self.report(self.folder / "out")
        near = document["copies"]["near"]
        members = [{r["record"] for r in group} for group in near["groups"]]
        self.assertEqual(members, [{"copy0", "copy1", "copy2", "copy3", "copy4", "softer"}])
        self.assertEqual(near["count"], 15)  # each with each
        self.assertEqual(near["across_splits"], 5)
        self.assertEqual(near["across_classes"], 5)
        self.assertEqual(near["across_databases"], 5)
        Page(self, page, document).check()

    def test_what_cannot_be_heard_is_named(self):
        shutil.copytree(DATA, self.folder / "data")
        (self.folder / "data" / "a0001.flac").write_bytes(b"nothing that sounds")
        code, _, err = describe(self.folder / "data", "--out", self.folder, "--quiet")
        self.assertEqual(code, 1)
        self.assertIn("training-a/a0001: ", err)
        document, page = self.report(self.folder)
        self.assertEqual(document["totals"]["unreadable"], 1)
        self.assertIn("a0001", page)
        # No folder of this machine is in the report.
        self.assertNotIn(str(self.folder), page + json.dumps(document))
        Page(self, page, document).check()

    def test_names_are_text_and_nothing_else(self):
        rows = ["record,label,database"]
        for number, name in enumerate(["<script>alert(1)</script>".replace("/", ""), "a&b\"'"]):
            shutil.copy(DATA / "b0002.flac", self.folder / f"{name}.flac")
            quoted = name.replace('"', '""')
            rows.append(f'"{quoted}",{"normal" if number else "abnormal"},<b>ward</b>')
        (self.folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        code, _, err = describe(self.folder, "--out", self.folder)
        self.assertEqual(code, 0, err)
        document, page = self.report(self.folder)
        self.assertEqual(document["copies"]["equal_files"]["count"], 1)
        self.assertNotIn("<script", page)
        self.assertNotIn("<b>ward", page)
        Page(self, page, document).check()

    def test_one_split_as_json(self):
        code, out, err = describe(DATA, "--split", "validation", "--json", cwd=self.folder)
        self.assertEqual(code, 0, err)
        document = json.loads(out)
        self.assertEqual({row["split"] for row in document["counts"]}, {"validation"})
        self.assertEqual(document, self.report(self.folder)[0])

    def test_the_same_twice_but_for_the_time(self):
        documents = []
        for threads in (1, 3):
            _, out, _ = describe(DATA, "--json", "--threads", threads, cwd=self.folder)
            document = json.loads(out)
            del document["created_at"], document["seconds"]
            documents.append(document)
        self.assertEqual(*documents)

    def test_wrong_usage(self):
        self.assertEqual(describe()[0], 2)
        code, _, err = describe(self.folder / "none")
        self.assertEqual(code, 1)
        self.assertIn("there is no folder", err)
        code, _, err = describe(DATA, "--split", "tset")
        self.assertEqual(code, 2)
        self.assertIn('no recording has the split "tset"', err)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    PROGRAM, DATA = (Path(argument).resolve() for argument in sys.argv[1:3])
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
