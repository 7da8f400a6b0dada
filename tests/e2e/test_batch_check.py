#!/usr/bin/env python3
"""script/batch-check against the real server, and against one without /batch-predict.

usage: test_batch_check.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import csv
import http.server
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import requests

import harness
from harness import PATIENCE_S, Server, ServerTest

COLUMNS = ["file", "predicted_class", "verdict", "probability_abnormal", "confidence", "error"]


def batch_check(*arguments):
    done = subprocess.run(
        [sys.executable, harness.SOURCE / "script" / "batch-check", *map(str, arguments)],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env=harness.environment(),
    )
    return done.returncode, done.stdout, done.stderr


class WithoutBatches(http.server.ThreadingHTTPServer):
    """Hands everything to another server, but has no /batch-predict: answers `status` there."""

    def __init__(self, behind, status):
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/batch-predict":
                    self.answer(status, "text/html", b"<p>nothing here</p>")
                    return
                answer = requests.post(behind + self.path, data=body, timeout=PATIENCE_S,
                                       headers={"Content-Type": self.headers["Content-Type"]})
                self.answer(answer.status_code, answer.headers["Content-Type"], answer.content)

            def answer(self, code, media_type, content):
                self.send_response(code)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever).start()
        return super().__enter__()

    def __exit__(self, *failure):
        self.shutdown()
        return super().__exit__(*failure)


class BatchCheckTest(ServerTest):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "within").mkdir()
        (self.folder / ".hidden").mkdir()
        for name, target in (("b0002.flac", "b0002.flac"), ("a0060.flac", "within/a.flac"),
                             ("a0001.flac", ".hidden/b.flac")):
            shutil.copy(harness.DATA / name, self.folder / target)
        (self.folder / "notes.txt").write_text("no recording")

    def assert_heard(self, code, output, error):
        self.assertEqual(code, 0, error)
        rows = list(csv.reader(io.StringIO(output)))
        self.assertEqual(rows[0], COLUMNS)
        self.assertEqual([row[0] for row in rows[1:]], ["b0002.flac", "within/a.flac"])
        for row, name in zip(rows[1:], ("b0002.flac", "a0060.flac")):
            alone = self.server.predict((harness.DATA / name).read_bytes()).json()
            self.assertEqual(row[1:], [alone["predicted_class"], alone["verdict"],
                                       str(alone["probability_abnormal"]),
                                       str(alone["confidence"]), ""])

    def test_a_folder(self):
        with Server() as self.server:
            code, output, error = batch_check(self.folder, "--url", self.server.url, "--csv")
            self.assert_heard(code, output, error)
            self.assertIn("2 files: 2 heard (1 normal, 1 abnormal), 0 not", error)
            self.server.stop()
            routes = [line["route"] for line in self.server.requests_logged()]
            self.assertEqual(routes.count("/batch-predict"), 1)

            (self.folder / "bad.wav").write_bytes(b"no sound " * 9)
        with Server() as self.server:
            code, output, error = batch_check(self.folder, "--url", self.server.url + "/")
            self.assertEqual(code, 1)
            lines = output.splitlines()
            self.assertEqual(lines[0].split(), ["file", "verdict", "P(abnormal)", "note"])
            self.assertRegex(lines[2], r"^bad\.wav +failed +-  This is not a sound file")
            self.assertRegex(lines[1], r"^b0002\.flac +normal +0\.\d{3}$")
            self.assertRegex(lines[3], r"^within/a\.flac +abnormal +0\.\d{3}$")
            self.assertIn("3 files: 2 heard (1 normal, 1 abnormal), 1 not", error)

    def test_a_server_without_batches(self):
        with Server() as self.server:
            for status in (404, 405):
                with self.subTest(status), WithoutBatches(self.server.url, status) as other:
                    code, output, error = batch_check(self.folder, "--url", other.url, "--csv")
                    self.assert_heard(code, output, error)
                    self.assertIn("no /batch-predict", error)
                    self.assertEqual(other.asked, ["/batch-predict", "/predict", "/predict"])
            (self.folder / "bad.wav").write_bytes(b"no sound " * 9)
            with WithoutBatches(self.server.url, 404) as other:
                code, output, error = batch_check(self.folder, "--url", other.url)
            self.assertEqual(code, 1)
            self.assertIn("415: This is not a sound file", output)
            self.assertIn("3 files: 2 heard", error)

    def test_more_than_a_request_may_hold(self):
        with Server("--max-request-bytes", "40000", "--max-file-bytes", "39000") as self.server:
            code, output, error = batch_check(self.folder, "--url", self.server.url, "--csv")
            self.assert_heard(code, output, error)

    def test_a_server_that_refuses(self):
        with Server(model="/nowhere.onnx") as self.server:
            code, output, error = batch_check(self.folder, "--url", self.server.url)
            self.assertEqual(code, 1)
            self.assertEqual(output.count("503: no model is loaded"), 2)
            self.assertIn("0 heard", error)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        code, _, error = batch_check(self.folder, "--url", f"http://127.0.0.1:{port}")
        self.assertEqual(code, 1)
        self.assertIn("does not answer", error)
        self.assertIn("2 files: 0 heard", error)
        self.assertNotIn("Traceback", error)

    def test_something_else_there(self):
        class Other(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", "5")
                self.end_headers()
                self.wfile.write(b"hello")

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Other) as other:
            threading.Thread(target=other.handle_request).start()
            code, _, error = batch_check(
                self.folder, "--url", f"http://127.0.0.1:{other.server_address[1]}")
        self.assertEqual(code, 1)
        self.assertIn("is that HeartBeat AI?", error)

    def test_wrong_usage(self):
        for arguments in ((), (self.folder / "missing",), (self.folder, "--url", "localhost:1")):
            with self.subTest(arguments):
                code, output, error = batch_check(*arguments)
                self.assertEqual((code, output), (2, ""), error)
        empty = self.folder / "empty"
        empty.mkdir()
        code, output, error = batch_check(empty)
        self.assertEqual((code, output), (1, ""))
        self.assertIn("no recordings", error)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=10)
