#!/usr/bin/env python3
"""`heartbeat history`, `backup` and `restore` beside a running server, and what the server deletes by
itself.

usage: test_history_cli.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import csv
import hashlib
import io
import json
import os
import pty
import re
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import harness
from harness import PATIENCE_S, Server, ServerTest, environment
from terminal import read_terminal

RECORDINGS = ("a0001.flac", "b0002.flac", "e00001.flac", "formats/a0001.mp3", "formats/a0001_opus.ogg",
              "formats/a0001.wav")
A_WEEK_S = 7 * 86400
VERBS = ("list", "show", "export", "delete", "verify")


class HistoryCliTest(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"

    def heartbeat(self, *arguments, **added):
        """The program on the data folder: (exit status, standard output, what it said)."""
        added = {"HEARTBEAT_DATA_DIR": str(self.data), **added}
        done = subprocess.run([harness.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE_S, check=False,
                              env=environment(**added))
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def history(self, *arguments, **added):
        return self.heartbeat("history", *arguments, **added)

    def succeed(self, *arguments, **added):
        """The same with status 0: standard output."""
        code, out, said = self.heartbeat(*arguments, **added)
        self.assertEqual(code, 0, said)
        return out

    def ids(self, *filters):
        """Newest first."""
        out = self.succeed("history", "list", "--jsonl", *filters)
        return [json.loads(line)["id"] for line in out.splitlines()]

    def on_terminal(self, *arguments, typed):
        """The same with somebody at a terminal, who types `typed`: (exit status, what was shown)."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([harness.PROGRAM, *map(str, arguments)], stdin=theirs,
                                   stdout=theirs, stderr=theirs,
                                   env=environment(HEARTBEAT_DATA_DIR=str(self.data)))
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = read_terminal(ours)
        return process.wait(PATIENCE_S), shown

    def serve(self, *options, **added):
        return Server("--data-dir", self.data, *options, **added)

    def predict_all(self, server):
        """A prediction of each recording, in their order."""
        made = []
        for i, name in enumerate(RECORDINGS):
            data = {"patient_ref": f"P-{i % 2}"}
            if i == 0:
                data["location"] = "MV"
            answer = server.predict((harness.DATA / name).read_bytes(), name=Path(name).name,
                                    data=data)
            self.assertEqual(answer.status_code, 200, answer.text)
            made.append(answer.json())
        return made

    def label(self, server, prediction, label):
        answer = server.request("PUT", f"/predictions/{prediction['id']}/label",
                                json={"label": label, "by": "Dr. A"})
        self.assertEqual(answer.status_code, 200, answer.text)

    def trail(self):
        """Of the audit trail: (who, what, of which) of each deletion, oldest first."""
        with closing(sqlite3.connect(self.data / "heartbeat.db")) as database:
            return database.execute(
                "SELECT who, action, subject FROM audit_trail WHERE action = 'delete' "
                "ORDER BY sequence").fetchall()

    def file_of(self, prediction):
        sha256 = prediction["recording"]["sha256"]
        return self.data / "recordings" / sha256[:2] / (sha256[2:] + ".bin")

    # list and show

    def test_list_is_what_the_server_answers(self):
        with self.serve() as server:
            made = self.predict_all(server)
            self.label(server, made[1], "normal")
            middle = made[3]["timestamp"]
            for filters, query in (
                ((), {}),
                (("--class", "abnormal"), {"class": "abnormal"}),
                (("--verdict", "normal"), {"verdict": "normal"}),
                (("--label", "normal"), {"label": "normal"}),
                (("--label", "none"), {"label": "none"}),
                (("--from", middle), {"from": middle}),
                (("--until", middle), {"until": middle}),
                (("--until", "1999-12-31"), {"until": "1999-12-31"}),
                (("--name", "A000"), {"file_name": "A000"}),
                (("--patient-ref", "P-1"), {"patient_ref": "P-1"}),
                (("--class", "normal", "--patient-ref", "P-0"),
                 {"class": "normal", "patient_ref": "P-0"}),
            ):
                with self.subTest(filters=filters):
                    entries = server.get("/predictions", params=query).json()["predictions"]
                    listed = self.succeed("history", "list", "--json", *filters)
                    self.assertEqual(json.loads(listed), entries)
                    lines = self.succeed("history", "list", "--jsonl", *filters).splitlines()
                    self.assertEqual([json.loads(line) for line in lines], entries)
                    table = self.succeed("history", "list", "--csv", *filters)
                    self.assertEqual(table, server.get("/predictions.csv", params=query).text)
            newest = server.get("/predictions", params={"limit": 2}).json()["predictions"]
            two = json.loads(self.succeed("history", "list", "--json", "--limit", 2))
            self.assertEqual(two, newest)

    def test_the_table_is_for_people(self):
        with self.serve() as server:
            made = self.predict_all(server)
            self.label(server, made[0], "unsure")
        code, out, said = self.history("list")
        self.assertEqual(code, 0, said)
        head, *rows = out.splitlines()
        self.assertEqual(head.split(),
                         ["time", "(UTC)", "verdict", "P(abnormal)", "label", "patient", "file", "id"])
        self.assertEqual([row.split()[-1] for row in rows], [one["id"] for one in reversed(made)])
        oldest = rows[-1].split()
        self.assertEqual(oldest[:2], made[0]["timestamp"][:16].split("T"))
        self.assertEqual(oldest[2:7], [made[0]["verdict"], f"{made[0]['probability_abnormal']:.3f}",
                                       "unsure", "P-0", "a0001.flac"])
        self.assertIn("not a diagnosis", said)
        code, out, said = self.history("list", "--limit", 4)
        self.assertEqual((code, len(out.splitlines())), (0, 5))
        self.assertIn("newest 4", said)
        code, out, said = self.history("list", "--name", "none")
        self.assertEqual((code, len(out.splitlines())), (0, 1))
        self.assertIn("no prediction matches", said)

    def test_show(self):
        with self.serve() as server:
            made = self.predict_all(server)
            self.label(server, made[0], "normal")
            kept = server.get("/predictions/" + made[0]["id"]).json()
            self.assertEqual(json.loads(self.succeed("history", "show", "--json", made[0]["id"])),
                             kept)
        out = self.succeed("history", "show", made[0]["id"])
        for expected in (made[0]["id"], "a0001.flac", "P-0", "MV", "FLAC, 20.0 s, 2000 Hz",
                         f"threshold {made[0]['threshold_used']:.3f}", "Dr. A"):
            self.assertIn(expected, out)
        self.assertEqual(out.count(" s  0."), len(made[0]["windows"]))
        code, out, said = self.history("show", "01890c0e-0000-7000-8000-000000000000")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("no prediction with this id", said)

    # export

    def test_an_export_is_a_dataset(self):
        with self.serve() as server:
            made = self.predict_all(server)
            again = server.predict((harness.DATA / RECORDINGS[0]).read_bytes(), name="again.flac",
                                   data={"patient_ref": "P-9"}).json()
            for prediction, label in zip(made, ("abnormal", "normal", "unsure", "abnormal",
                                                "normal")):
                self.label(server, prediction, label)
            code, out, said = self.history("export", self.folder / "out")
            self.assertEqual((code, out), (0, ""), said)
            self.assertIn("7 predictions of 6 recordings", said)
            self.assertIn("2 labelled normal, 2 abnormal, 2 neither", said)
            table = server.get("/predictions.csv").text
        out = self.folder / "out"
        self.assertEqual((out / "predictions.csv").read_bytes().decode(), table)
        self.assertEqual(out.stat().st_mode & 0o777, 0o700)
        rows = {row["record"]: row
                for row in csv.DictReader(io.StringIO((out / "manifest.csv").read_text()))}
        # The recording that was sent twice is there once, named by its newest prediction.
        records = [again["id"]] + [one["id"] for one in made[1:]]
        self.assertEqual(set(rows), set(records))
        labels = ("abnormal", "normal", "", "abnormal", "normal", "")
        for record, label, name in zip(records, labels, RECORDINGS):
            self.assertEqual(rows[record]["label"], label)
            copy = out / (record + Path(name).suffix)
            self.assertEqual(copy.read_bytes(), (harness.DATA / name).read_bytes())
        self.assertEqual(rows[again["id"]]["patient"], "P-9")
        self.assertEqual(len(list(out.iterdir())), len(records) + 2)

        measured = self.succeed("evaluate", harness.MODEL, out)
        self.assertRegex(measured, r"(?m)^all +2 +2 +0 ")

        code, _, said = self.history("export", out)
        self.assertEqual(code, 2)
        self.assertIn("not an empty folder", said)
        self.file_of(made[1]).unlink()
        code, _, said = self.history("export", self.folder / "rest", "--label", "any")
        self.assertEqual(code, 1)
        self.assertIn(made[1]["id"], said)
        self.assertIn("of 4 recordings", said)

    # delete

    def test_delete(self):
        with self.serve() as server:
            made = self.predict_all(server)
            ids = [one["id"] for one in made]
            for arguments in (["--patient-ref", "P-1"], [ids[0], ids[1]]):
                code, out, said = self.history("delete", *arguments, "--dry-run")
                self.assertEqual(code, 0, said)
                self.assertIn("nothing was deleted", said)
                code, out, said = self.history("delete", *arguments, HEARTBEAT_YES="1",
                                               HEARTBEAT_BY="Dr. A")
                self.assertEqual((code, out), (2, ""), "no forgotten variable deletes")
                self.assertIn("--yes", said)
                code, _, said = self.history("delete", *arguments, "--yes")
                self.assertEqual(code, 2)
                self.assertIn("--by", said)
            shown = self.succeed("history", "delete", "--patient-ref", "P-1", "--dry-run")
            self.assertEqual([line.split()[-1] for line in shown.splitlines()[1:]], ids[5::-2])
            self.assertEqual(self.ids(), ids[::-1])
            self.assertEqual(self.trail(), [])

            code, _, said = self.history("delete", "--patient-ref", "P-1", "--yes", "--by", "Dr. A")
            self.assertEqual(code, 0, said)
            self.assertIn("3 predictions deleted", said)
            self.assertEqual(self.ids(), ids[4::-2])
            self.assertEqual(sorted(self.trail()),
                             sorted(("Dr. A", "delete", one) for one in ids[1::2]))
            self.assertFalse(self.file_of(made[1]).exists())
            self.assert_problem(server.get("/predictions/" + ids[1]), 404, "not-found")

            code, _, said = self.history("delete", ids[0], ids[1], "--yes", "--by", "Dr. B")
            self.assertEqual(code, 1, "one of them is gone already")
            self.assertIn(ids[1], said)
            self.assertEqual(self.trail()[-1], ("Dr. B", "delete", ids[0]))
            self.assertEqual(self.succeed("history", "verify"), "")

    def test_delete_asks_who_sits_there(self):
        with self.serve() as server:
            one, two = self.predict_all(server)[:2]
        code, shown = self.on_terminal("history", "delete", one["id"], typed="n\n")
        self.assertEqual(code, 1)
        self.assertIn("delete 1 prediction for ever", shown)
        self.assertIn("nothing was deleted", shown)
        code, shown = self.on_terminal("history", "delete", one["id"], typed="y\n\n")
        self.assertEqual(code, 2, "nobody is named")
        self.assertEqual(self.trail(), [])
        code, shown = self.on_terminal("history", "delete", one["id"], typed="y\n Dr. A \n")
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.trail(), [("Dr. A", "delete", one["id"])])
        code, shown = self.on_terminal("history", "delete", two["id"], "--by", "Dr. B", typed="y\n")
        self.assertEqual(code, 0, shown)
        self.assertEqual(self.trail()[-1], ("Dr. B", "delete", two["id"]))

    # verify

    def test_verify_names_what_is_damaged(self):
        with self.serve() as server:
            made = self.predict_all(server)
            code, out, said = self.history("verify")
            self.assertEqual((code, out), (0, ""), said)
            self.assertIn("6 predictions and 6 recordings checked: no damage", said)
            self.file_of(made[0]).unlink()
            altered = self.file_of(made[1]).read_bytes()
            self.file_of(made[1]).write_bytes(altered[:-1] + bytes([altered[-1] ^ 1]))
            orphan = self.file_of({"recording": {"sha256": hashlib.sha256(b"x").hexdigest()}})
            orphan.parent.mkdir(exist_ok=True)
            orphan.write_bytes(b"x")
            # A young one could be on its way into the history.
            os.utime(orphan, (time.time() - A_WEEK_S,) * 2)
            code, out, said = self.history("verify")
            self.assertEqual(code, 1)
            self.assertEqual(set(out.splitlines()), {
                "missing recording   " + made[0]["recording"]["sha256"],
                "altered recording   " + made[1]["recording"]["sha256"],
                "orphaned recording  " + hashlib.sha256(b"x").hexdigest()})
            self.assertIn("3 found", said)
            self.assertIn("--repair", said)
            self.assertEqual(len(self.history("verify", "--quick")[1].splitlines()), 2)
            code, out, said = self.history("verify", "--repair")
            self.assertEqual((code, len(out.splitlines())), (1, 2))
            self.assertIn("1 orphaned recordings removed", said)
            self.assertFalse(orphan.exists())

    # backup and restore

    def test_a_backup_comes_back(self):
        with self.serve() as server:
            made = self.predict_all(server)
            self.label(server, made[0], "normal")
            beside = {"train/normal/0123.wav": b"to train on", "models/4567/heartbeat.onnx": b"a model"}
            for name, content in beside.items():
                (self.data / name).parent.mkdir(parents=True)
                (self.data / name).write_bytes(content)
            table = server.get("/predictions.csv").text
            code, out, said = self.heartbeat("backup", self.folder / "backup")
            self.assertEqual((code, out), (0, ""), said)
            self.assertIn("6 predictions and 6 recordings", said)
            server.predict((harness.DATA / "b0257.flac").read_bytes())
            for folder in (self.folder / "backup", self.data):
                code, _, said = self.heartbeat("backup", folder)
                self.assertEqual(code, 2)
                self.assertIn("holds a history already", said)
            code, _, said = self.heartbeat("restore", self.folder / "backup")
            self.assertEqual(code, 2, "a history is never overwritten")
            self.assertIn("holds a history already", said)
            self.assertEqual(len(self.ids()), 7)

        code, _, said = self.heartbeat("restore", self.folder / "none", "--data-dir",
                                       self.folder / "back")
        self.assertEqual(code, 1)
        self.assertIn("no backup", said)
        back = self.folder / "back"
        code, _, said = self.heartbeat("restore", self.folder / "backup", "--data-dir", back)
        self.assertEqual(code, 0, said)
        self.assertIn("6 predictions and 6 recordings", said)
        for name, content in beside.items():
            self.assertEqual((back / name).read_bytes(), content)
        self.data = back
        self.assertEqual(self.succeed("history", "verify"), "")
        with self.serve() as server:
            self.assertEqual(server.get("/predictions.csv").text, table)
            for prediction, name in zip(made, RECORDINGS):
                audio = server.get(f"/predictions/{prediction['id']}/audio")
                self.assertEqual(audio.content, (harness.DATA / name).read_bytes())

    # What the server does by itself

    def wait_until_only(self, server, ids):
        deadline = time.monotonic() + PATIENCE_S
        while True:
            left = [entry["id"] for entry in server.get("/predictions").json()["predictions"]]
            if left == ids or time.monotonic() > deadline:
                return self.assertEqual(left, ids)
            time.sleep(0.05)

    def age(self, prediction):
        """As if it had been made a week before."""
        with closing(sqlite3.connect(self.data / "heartbeat.db")) as database, database:
            database.execute("UPDATE predictions SET time_ms = time_ms - ?, day = day - 7 "
                             "WHERE id = ?", (A_WEEK_S * 1000, prediction["id"]))

    def test_retention(self):
        config = self.folder / "heartbeat.toml"
        config.write_text("keep-days = 6.5\n")
        with self.serve() as server:
            made = self.predict_all(server)
            self.assertIn("keeps the history in", "".join(server.lines))
        ids = [one["id"] for one in made]
        left = ids[::-1]
        for options, added, deleted in (
            (("--keep-days", 6.5), {}, 1),
            ((), {"HEARTBEAT_KEEP_DAYS": "6.5"}, 1),
            (("--config", config), {}, 1),
            # No room for anything: the database alone is larger.
            (("--keep-gib", 0.00001), {}, 3),
        ):
            with self.subTest(options=options, added=added):
                oldest, left = left[-deleted:], left[:-deleted]
                self.age(next(one for one in made if one["id"] == oldest[-1]))
                with self.serve(*options, **added) as server:
                    self.wait_until_only(server, left)
                log = "".join(server.lines)
                self.assertEqual(self.trail()[-deleted:],
                                 [("retention", "delete", one) for one in reversed(oldest)])
                self.assertRegex(log, rf"retention: {deleted} predictions? deleted")
                self.assertNotRegex(log, r"a0001|P-0|P-1")
        self.assertEqual(list(self.data.glob("recordings/*/*.bin")), [])
        self.assertEqual(self.succeed("history", "verify"), "")

    def test_a_start_removes_what_a_crash_left(self):
        with self.serve() as server:
            made = self.predict_all(server)
        orphan = self.file_of({"recording": {"sha256": hashlib.sha256(b"x").hexdigest()}})
        orphan.parent.mkdir(exist_ok=True)
        orphan.write_bytes(b"x")
        with self.serve() as server:
            deadline = time.monotonic() + PATIENCE_S
            while orphan.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertFalse(orphan.exists())
            self.wait_until_only(server, [one["id"] for one in reversed(made)])

    # What it says

    def test_where_there_is_no_history(self):
        for arguments in (["list"], ["export", self.folder / "out"], ["verify"],
                          ["delete", "--label", "any", "--yes", "--by", "me"]):
            code, out, said = self.history(*arguments)
            self.assertEqual((code, out), (1, ""), said)
            self.assertIn(f"there is no history in {self.data}", said)
        self.assertEqual(self.heartbeat("backup", self.folder / "out")[0], 1)
        self.assertFalse(self.data.exists(), "a slip makes no history")
        self.assertFalse((self.folder / "out").exists())

    def test_wrong_usage_is_2(self):
        for arguments, said_of_it in (
            (["history"], "list, show, export, delete or verify"),
            (["history", "lst"], 'no verb "lst"'),
            (["history", "list", "--class", "sick"], "--class: must be normal or abnormal"),
            (["history", "list", "--from", "yesterday"], "a time such as"),
            (["history", "list", "--json", "--csv"], "--json"),
            (["history", "list", "--limit", "-1"], "--limit"),
            (["history", "show"], "ID"),
            (["history", "export"], "DIR"),
            (["history", "delete", "--yes", "--by", "me"], "say what to delete"),
            (["history", "delete", "x", "--label", "any"], "not both"),
            (["history", "delete", "--patient-ref", "", "--class", "normal", "--yes", "--by", "me"],
             "--patient-ref: must not be empty"),
            (["backup"], "DIR"),
            (["serve", "--keep-days", "-1"], "keep_days"),
            (["serve", "--keep-gib", "much"], "--keep-gib"),
        ):
            with self.subTest(arguments=arguments):
                code, out, said = self.heartbeat(*arguments)
                self.assertEqual((code, out), (2, ""), said)
                self.assertIn(said_of_it, said)
                if arguments[0] == "history":
                    self.assertRegex(said, r"see heartbeat history [a-z ]*--help")

    def test_every_verb_explains_itself(self):
        out = self.succeed("--help")
        for verb in ("history", "backup", "restore"):
            self.assertIn("\n  " + verb + " ", out)
        out = self.succeed("history", "--help")
        for verb in VERBS:
            self.assertIn("\n  " + verb + " ", out)
        for command in [["backup"], ["restore"], *(["history", verb] for verb in VERBS)]:
            out = self.succeed(*command, "--help")
            self.assertIn("Example: heartbeat " + " ".join(command), out)
            self.assertIn("--data-dir", out)
            self.assertLessEqual(max(map(len, out.splitlines())), 100, "fits a page")
            self.assertIsNone(re.search("HEARTBEAT_(YES|BY|CLASS|UNTIL|REPAIR)", out))


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=90)
