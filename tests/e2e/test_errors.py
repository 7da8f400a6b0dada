#!/usr/bin/env python3
"""The table of errors in docs/api.md, row by row: what a client of the real server sees.

usage: test_errors.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

Prints each row with the answer.
"""

import re
import shutil
import tempfile
import threading
import time

import harness
from harness import PATIENCE_S, Server, ServerTest
from sounds import float_wav, wav

NAN = float("nan")
INFINITY = float("inf")


class ErrorTable(ServerTest):
    def shows(self, case, answer, status, problem, told=""):
        """A row of the table. `told`: what must stand in the detail."""
        with self.subTest(case):
            answered = self.assert_problem(answer, status, problem)
            self.assertIn(told, answered["detail"])
        print(f"\n  {case}\n    {answer.status_code} {problem}: {answer.json()['detail']}", end="")

    def hears(self, case, answer, **recording):
        """A row that is no error."""
        with self.subTest(case):
            self.assertEqual(answer.status_code, 200, answer.text)
            for key, value in recording.items():
                self.assertEqual(answer.json()["recording"][key], value)
        shown = answer.json().get("recording") or answer.json()["batch_summary"]
        print(f"\n  {case}\n    {answer.status_code} {shown}", end="")

    def test_rows(self):
        sound = (harness.DATA / "formats" / "a0001.wav").read_bytes()
        with Server() as server:
            predict = server.predict
            self.shows("no `file` part", predict(sound, key="sound"), 400, "bad-request", "`file`")
            self.shows("no form at all", server.request("POST", "/predict", data=sound), 400,
                       "bad-request", "multipart/form-data")
            self.shows("no part of a batch", server.batch([("a", sound)], key="sound"), 400,
                       "bad-request", "`files`")
            malformed = server.request(
                "POST", "/predict", data=b"--b\r\nnonsense\r\n\r\n",
                headers={"Content-Type": "multipart/form-data; boundary=b"})
            self.shows("malformed multipart", malformed, 400, "bad-request")
            self.shows("a bad parameter", predict(sound, data={"location": "nose"}), 400,
                       "invalid-argument", "`location`")
            self.shows("another bad parameter", predict(sound, data={"patient_ref": "x" * 129}),
                       400, "invalid-argument", "`patient_ref`")

            self.shows("an unknown address", server.get("/nowhere"), 404, "not-found")
            wrong_method = server.get("/predict")
            self.shows("a wrong method", wrong_method, 405, "method-not-allowed", "POST")
            self.assertEqual(wrong_method.headers["Allow"], "OPTIONS, POST")

            for what, content in (
                ("a text", b"no sound at all " * 9),
                ("an M4A/AAC file", b"\0\0\0\x20ftypM4A " + bytes(99)),
                ("a WebM file", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01" + bytes(99)),
            ):
                named = re.search("M4A|WebM", what)
                self.shows(f"{what}, called a.wav", predict(content, name="a.wav"), 415,
                           "unsupported-format", named.group() if named else "")

            self.shows("an empty file", predict(b""), 422, "recording-empty")
            self.shows("a WAV file without samples", predict(wav(0)), 422, "recording-empty")
            self.shows("half a second", predict(wav(0.5)), 422, "recording-too-short", "0.5")
            self.shows("31 minutes", predict(wav(31 * 60, rate=500)), 422, "recording-too-long",
                       "1800")
            self.shows("silence", predict(wav(3, silent=True)), 422, "recording-silent")
            for what, odd in (("not a number", NAN), ("infinite", INFINITY)):
                samples = [0.1 * (i % 7) for i in range(4000)]
                samples[1234] = odd
                self.shows(f"a sample that is {what}", predict(float_wav(samples)), 422,
                           "recording-non-finite")

            self.hears("a whole recording", predict(sound), truncated=False)
            self.hears("cut off in the middle", predict(sound[: len(sound) // 2]), truncated=True)
            self.shows("cut off so that less than 1 s is left", predict(sound[: 44 + 2000]), 422,
                       "recording-truncated")
            for what, size in (("0", 0), ("0xFFFFFFFF", 0xFFFFFFFF)):
                streamed = bytearray(sound)
                streamed[4:8] = streamed[40:44] = size.to_bytes(4, "little")
                self.hears(f"a streamed WAV file with size {what}", predict(bytes(streamed)),
                           truncated=False)
            ogg = (harness.DATA / "formats" / "a0001_vorbis.ogg").read_bytes()
            self.hears("a cut Vorbis file", predict(ogg[: len(ogg) // 2]), truncated=True)

    def test_rows_about_size(self):
        with Server("--max-file-bytes", "100KiB", "--max-request-bytes", "300KiB") as server:
            # The whole body is in the length that the header tells: refused before any of it.
            answer = server.ask_raw(
                b"POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999999\r\n\r\n")
            self.shows("a body over the limit, told by the header", answer, 413, "body-too-large")
            self.shows("a file over the limit", server.predict(bytes(150 << 10)), 413,
                       "body-too-large")
            small = wav(2)
            answer = server.batch([("a", small), ("b", bytes(150 << 10)), ("c", small)])
            self.hears("one file of a batch over the limit", answer)
            results = answer.json()["results"]
            self.assertEqual([result["status"] for result in results],
                             ["success", "error", "success"])
            self.assertEqual(results[1]["type"], "/problems/body-too-large")
            print(f"\n    of that file: {results[1]['error']}", end="")

    def test_row_about_a_full_queue(self):
        with Server("--threads", "1", "--max-queue", "0") as server:
            long_sound = wav(1800, rate=4000)
            stop = threading.Event()

            def keep_busy():
                while not stop.is_set():
                    server.predict(long_sound)

            busy = threading.Thread(target=keep_busy)
            busy.start()
            try:
                end = time.monotonic() + PATIENCE_S
                answer = server.predict(b"x")
                while answer.status_code != 429 and time.monotonic() < end:
                    answer = server.predict(b"x")
            finally:
                stop.set()
                busy.join()
            self.shows("more work than the queue takes", answer, 429, "queue-full")
            self.assertEqual(answer.headers["Retry-After"], "1")

    def test_rows_about_the_server(self):
        with Server(model="/nowhere.onnx") as server:
            self.shows("no model loaded", server.predict(wav(2)), 503, "no-model")
        folder = tempfile.mkdtemp()
        with Server("--spool-folder", folder) as server:
            shutil.rmtree(folder)
            answer = server.predict(wav(600, rate=4000))
            self.shows("our own failure", answer, 500, "io", answer.headers["X-Request-Id"])
            self.assertNotIn(folder, answer.text)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=30)
