#!/usr/bin/env python3
"""`heartbeat serve`, the real program with the real model, over real sockets.

usage: test_serve.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import io
import signal
import socket
import subprocess
import tempfile
import time
import wave
from concurrent.futures import ThreadPoolExecutor

import requests

import harness
from harness import PATIENCE_S, Server, ServerTest
from sounds import noise_wav

FORMATS = {
    "WAV": "formats/a0001.wav",
    "FLAC": "a0001.flac",
    "OGG Vorbis": "formats/a0001_vorbis.ogg",
    "OGG Opus": "formats/a0001_opus.ogg",
    "MP3": "formats/a0001.mp3",
}
# What the contract promises for the same samples; in another container they are the same to 2^-24.
SAME_TOLERANCE = 1e-4


def as_24_bit_stereo(content):
    """The same samples as a 16-bit mono WAV file's, in twice as many and wider ones."""
    with wave.open(io.BytesIO(content)) as narrow:
        rate = narrow.getframerate()
        frames = narrow.readframes(narrow.getnframes())
    wide_frames = bytearray()
    for i in range(0, len(frames), 2):
        wide_frames += (b"\0" + frames[i:i + 2]) * 2
    target = io.BytesIO()
    with wave.open(target, "wb") as wide:
        wide.setnchannels(2)
        wide.setsampwidth(3)
        wide.setframerate(rate)
        wide.writeframes(wide_frames)
    return target.getvalue()


class ServeTest(ServerTest):
    def assert_prediction(self, prediction, file_name):
        self.assertEqual(prediction["file_name"], file_name)
        self.assertIn(prediction["predicted_class"], ("normal", "abnormal"))
        abnormal = prediction["probability_abnormal"]
        self.assertAlmostEqual(abnormal + prediction["probability_normal"], 1, places=3)
        self.assertEqual(
            prediction["confidence"], prediction["probability_" + prediction["predicted_class"]]
        )
        self.assertEqual(prediction["risk_assessment"]["risk_score"], abnormal)

    def test_one_server(self):
        with Server() as server:
            with self.subTest("health"):
                answer = server.get("/health")
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.json(), {"status": "ok", "model_loaded": True})

            heard = {}
            for name, path in FORMATS.items():
                with self.subTest(name):
                    answer = server.predict((harness.DATA / path).read_bytes(), name=path)
                    self.assertEqual(answer.status_code, 200, answer.text)
                    self.assert_prediction(answer.json(), path)
                    heard[name] = answer.json()["probability_abnormal"]
            with self.subTest("noise"):
                answer = server.predict(noise_wav(10)).json()
                self.assert_prediction(answer, answer["file_name"])
                self.assertEqual(answer["verdict"], "poor_quality")
                self.assertEqual(answer["risk_assessment"]["risk_level"], "UNKNOWN")
                kept = server.get("/predictions?verdict=poor_quality").json()["predictions"]
                self.assertEqual([entry["id"] for entry in kept], [answer["id"]])
                self.assertEqual(kept[0]["quality"], {
                    key: answer["quality"][key] for key in ("ok", "reasons")})
            wav = (harness.DATA / FORMATS["WAV"]).read_bytes()
            with self.subTest("the same samples give the same answer"):
                answer = server.predict(as_24_bit_stereo(wav)).json()
                self.assertEqual(answer["recording"]["channels"], 2)
                self.assertAlmostEqual(
                    answer["probability_abnormal"], heard["WAV"], delta=SAME_TOLERANCE
                )
            with self.subTest("the name does not matter"):
                answer = server.predict(wav, name="h\u00e9art \u5fc3.mp3")
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual(answer.json()["probability_abnormal"], heard["WAV"])
                self.assertEqual(answer.json()["file_name"], "h\u00e9art \u5fc3.mp3")
            with self.subTest("in chunks, with fields beside the file"):
                form = requests.Request(
                    "POST", server.url, files={"file": ("a.wav", wav)},
                    data={"patient_ref": "p", "location": "MV", "other": "x"},
                ).prepare()
                pieces = (form.body[i:i + 7000] for i in range(0, len(form.body), 7000))
                answer = server.request(
                    "POST", "/predict", data=pieces,
                    headers={"Content-Type": form.headers["Content-Type"]},
                )
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual(answer.json()["patient_ref"], "p")
                self.assertEqual(answer.json()["location"], "MV")
                self.assertEqual(answer.json()["probability_abnormal"], heard["WAV"])
            with self.subTest("many at a time"):
                with ThreadPoolExecutor(8) as pool:
                    answers = list(pool.map(lambda _: server.predict(wav), range(24)))
                self.assertEqual({answer.status_code for answer in answers}, {200})
                self.assertEqual(
                    {answer.json()["probability_abnormal"] for answer in answers}, {heard["WAV"]}
                )

            with self.subTest("no decoder knows it"):
                self.assert_problem(server.predict(b"no sound " * 99), 415, "unsupported-format")
            with self.subTest("nothing in it"):
                self.assert_problem(server.predict(b""), 422, "recording-empty")
            with self.subTest("too short"):
                # 44 bytes of header and half a second at 2000 Hz, 16 bit.
                self.assert_problem(server.predict(wav[:44 + 2000]), 422, "recording-truncated")
            with self.subTest("no part `file`"):
                self.assert_problem(server.predict(wav, key="sound"), 400, "bad-request")
            with self.subTest("not a form"):
                answer = server.request("POST", "/predict", data=wav)
                self.assert_problem(answer, 400, "bad-request")
            with self.subTest("wrong method"):
                answer = server.get("/predict")
                self.assert_problem(answer, 405, "method-not-allowed")
                self.assertIn("POST", answer.headers["Allow"])
            with self.subTest("wrong address"):
                answer = server.get("/nowhere")
                self.assert_problem(answer, 404, "not-found")
            with self.subTest("too large"):
                answer = server.ask_raw(b"POST /predict HTTP/1.1\r\nHost: a\r\n"
                                        b"Content-Type: multipart/form-data; boundary=b\r\n"
                                        b"Content-Length: 300000000\r\n\r\n")
                self.assert_problem(answer, 413, "body-too-large")

            self.assertEqual(server.stop(), 0)
            log = server.requests_logged()
            self.assertEqual({line["status"] for line in log},
                             {200, 400, 404, 405, 413, 415, 422})
            self.assertNotIn("\u5fc3", "".join(server.lines))

    def test_a_broken_model_is_told_and_not_run(self):
        with tempfile.NamedTemporaryFile(suffix=".onnx") as broken:
            broken.write(b"\x08\x07 this is no model")
            broken.flush()
            with Server(model=broken.name) as server:
                answer = server.get("/health")
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.json(), {"status": "ok", "model_loaded": False})
                wav = (harness.DATA / FORMATS["WAV"]).read_bytes()
                self.assert_problem(server.predict(wav), 503, "no-model")
                self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_a_stop_lets_an_upload_finish(self):
        wav = (harness.DATA / FORMATS["WAV"]).read_bytes()
        form = requests.Request("POST", "http://a/predict", files={"file": ("a", wav)}).prepare()
        with Server() as server:
            with server.connect() as client:
                head = (f"POST /predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                        f"Content-Type: {form.headers['Content-Type']}\r\n"
                        f"Content-Length: {len(form.body)}\r\n\r\n")
                client.sendall(head.encode())
                # The server is in the middle of this request once it asks for the body.
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 100 "))
                server.process.send_signal(signal.SIGTERM)
                self.await_refusal(server.port)
                client.sendall(form.body)
                answer = b""
                while piece := client.recv(65536):
                    answer += piece
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
            self.assertIn(b"Connection: close", answer)
            self.assertEqual(server.process.wait(PATIENCE_S), 0)

    def await_refusal(self, port):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.02)
        self.fail("the server still takes connections after SIGTERM")

    def test_other_machines_are_kept_out_unless_told(self):
        refused = subprocess.run(
            [harness.PROGRAM, "serve", "--host", "0.0.0.0", "--port", "0", "--model", harness.MODEL],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("--insecure", refused.stderr)

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            failed = subprocess.run(
                [harness.PROGRAM, "serve", "--port", str(port), "--model", harness.MODEL],
                capture_output=True, text=True, timeout=PATIENCE_S, check=False,
            )
        self.assertEqual(failed.returncode, 1, failed.stderr)
        self.assertIn(str(port), failed.stderr)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=45)
