#!/usr/bin/env python3
"""`heartbeat serve` as an operator sets it up: HTTPS, behind a proxy, with deadlines and a log.

usage: test_transport.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import requests

import harness
from harness import PATIENCE_S, environment


class Server:
    """`heartbeat serve` on a free port, until the block ends."""

    def __init__(self, *options, env=None):
        self.process = subprocess.Popen(
            [harness.PROGRAM, "serve", "--port", "0", "--model", harness.MODEL, "--no-store",
             *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env or environment(),
        )
        self.alarm = threading.Timer(PATIENCE_S, self.process.kill)
        self.out = self.err = ""

    def __enter__(self):
        self.alarm.start()
        greeting = self.process.stderr.readline()
        found = re.search(r"(https?)://127\.0\.0\.1:(\d+)(\S*)", greeting)
        if found is None:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not start: " + greeting)
        self.scheme, self.port, self.path = found[1], int(found[2]), found[3]
        self.url = found[0]
        self.contract = harness.contract_below(self.path)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.out, self.err = self.process.communicate()
        self.alarm.cancel()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def request(self, method, url, **options):
        """`url`: whole, or below the server's."""
        return requests.request(
            method, url if "://" in url else self.url + url, timeout=PATIENCE_S,
            hooks={"response": self.contract.check_response}, **options)

    def get(self, url, **options):
        return self.request("GET", url, **options)


def refusal(*options):
    """Exit code and complaint of a server that does not start."""
    done = subprocess.run(
        [harness.PROGRAM, "serve", "--port", "0", "--model", harness.MODEL, "--no-store",
         *options],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment(),
    )
    return done.returncode, done.stderr


class TransportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory()
        cls.folder = Path(cls._folder.name)
        cls.certificate = cls.folder / "server.pem"
        cls.key = cls.folder / "server.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-days", "2", "-keyout", cls.key, "-out", cls.certificate],
            check=True, capture_output=True, timeout=PATIENCE_S,
        )

    @classmethod
    def tearDownClass(cls):
        cls._folder.cleanup()

    def test_https(self):
        wav = (harness.DATA / "formats/a0001.wav").read_bytes()
        with Server("--tls-cert", self.certificate, "--tls-key", self.key) as server:
            self.assertEqual(server.scheme, "https")
            trusted = str(self.certificate)
            health = server.get("/health", verify=trusted)
            self.assertEqual(health.json()["model_loaded"], True)
            answer = server.request("POST", "/predict", files={"file": ("a.wav", wav)},
                                    verify=trusted)
            self.assertEqual(answer.status_code, 200, answer.text)
            self.assertIn("predicted_class", answer.json())
            context = ssl.create_default_context(cafile=self.certificate)
            context.set_alpn_protocols(["h2", "http/1.1"])
            with context.wrap_socket(server.connect(), server_hostname="127.0.0.1") as client:
                self.assertEqual(client.version(), "TLSv1.3")
                self.assertEqual(client.selected_alpn_protocol(), "http/1.1")
                client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                answer = b""
                while piece := client.recv(65536):  # a missing close_notify would raise
                    answer += piece
                self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
            # A client that speaks plain HTTP is told so instead of being left to wait.
            plain = server.get(f"http://127.0.0.1:{server.port}/health")
            self.assertEqual(plain.status_code, 400)
            self.assertIn("https://", plain.json()["detail"])

    def test_https_is_refused_with_a_reason(self):
        nonsense = self.folder / "nonsense.pem"
        nonsense.write_text("nothing\n")
        other = self.folder / "other.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", other],
                       check=True, capture_output=True, timeout=PATIENCE_S)
        for options, words in (
                (["--tls-cert", self.certificate], "--tls-key"),
                (["--tls-cert", self.folder / "none.pem", "--tls-key", self.key], "none.pem"),
                (["--tls-cert", nonsense, "--tls-key", self.key], "nonsense.pem"),
                (["--tls-cert", self.certificate, "--tls-key", other], "does not belong")):
            with self.subTest(words):
                code, said = refusal(*options)
                self.assertEqual(code, 2, said)
                self.assertIn(words, said)

    def test_behind_a_proxy(self):
        log = self.folder / "requests.jsonl"
        with Server("--base-path", "/tools/heart", "--trusted-proxy", "127.0.0.1",
                    "--trusted-proxy", "10.0.0.0/8,fd00::/8", "--request-log", log) as server:
            self.assertEqual(server.path, "/tools/heart")
            self.assertEqual(server.get("/health").status_code, 200)
            outside = server.get(f"http://127.0.0.1:{server.port}/health")
            self.assertEqual(outside.status_code, 404)
            told = server.get(
                "/health",
                headers={"X-Forwarded-For": "192.0.2.77", "X-Forwarded-Proto": "https",
                         "X-Request-Id": "order-7",
                         "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
            self.assertEqual(told.headers["X-Request-Id"], "order-7")
            self.assertRegex(told.headers["traceresponse"],
                             r"^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$")
        self.assertNotIn('"request_id"', server.err)  # the log is where it was sent
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        # Each came over a connection of its own, so their lines come in any order.
        self.assertEqual(sorted(line["status"] for line in lines), [200, 200, 404])
        named = [line for line in lines if line["request_id"] == "order-7"]
        self.assertEqual(len(named), 1)
        self.assertEqual(named[0]["scheme"], "https")
        self.assertEqual(named[0]["tls"], False)
        self.assertEqual(named[0]["trace_id"], "0af7651916cd43dd8448eb211c80319c")
        self.assertEqual(named[0]["parent_id"], "b7ad6b7169203331")
        self.assertEqual({line["scheme"] for line in lines if line not in named}, {"http"})
        self.assertNotIn("192.0.2.77", log.read_text())

    def test_where_the_log_goes(self):
        with Server("--request-log", "-") as server:
            server.get("/health")
        self.assertEqual(json.loads(server.out)["route"], "/health")
        with Server(env=environment(HEARTBEAT_REQUEST_LOG="off")) as server:
            server.get("/health")
        self.assertEqual(server.out, "")
        self.assertNotIn("request_id", server.err)
        code, said = refusal("--request-log", self.folder / "none" / "log")
        self.assertEqual(code, 1, said)
        self.assertIn("none", said)

    def test_deadlines_and_limits(self):
        with Server("--header-timeout", "0.3", "--idle-timeout", "0.3", "--max-header-bytes", "1KiB",
                    "--max-parts", "2") as server:
            with server.connect() as client:
                started = time.monotonic()
                client.sendall(b"GET /health HT")
                self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 408 "))
                self.assertLess(time.monotonic() - started, PATIENCE_S / 2)
            with server.connect() as client:
                client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))
                self.assertEqual(client.recv(65536), b"")  # idle for too long
            large = server.get("/health", headers={"X": "x" * 2000})
            self.assertEqual(large.status_code, 431)
            many = server.request("POST", "/predict",
                                  files=[(name, (name, b"x")) for name in ("a", "b", "c")])
            self.assertEqual(many.status_code, 400)
            self.assertIn("2 parts", many.json()["detail"])

    def test_wrong_usage(self):
        for options, words in (
                (["--base-path", "heart/"], "base_path"),
                (["--trusted-proxy", "nginx.local"], "--trusted-proxy"),
                (["--trusted-proxy", "10.0.0.0/40"], "10.0.0.0/40"),
                (["--header-timeout", "0"], "--header-timeout"),
                (["--max-parts", "0"], "max_parts"),
                (["--max-header-bytes", "1MiB"], "max_header_bytes")):
            with self.subTest(words):
                code, said = refusal(*options)
                self.assertEqual(code, 2, said)
                self.assertIn(words, said)

    def test_fifty_pipelined_requests(self):
        wav = (harness.DATA / "formats/a0001.wav").read_bytes()
        form = requests.Request("POST", "http://a/predict", files={"file": ("a", wav)}).prepare()
        post = (f"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: {form.headers['Content-Type']}"
                f"\r\nContent-Length: {len(form.body)}\r\n\r\n").encode() + form.body
        get = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
        head = b"HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n"
        missing = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
        options = b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
        with Server() as server, server.connect() as client:
            sender = threading.Thread(
                target=client.sendall, args=((get + post + head + missing + options) * 10,))
            sender.start()
            for _ in range(10):
                for method, target, status in (
                        ("GET", "/health", 200), ("POST", "/predict", 200),
                        ("HEAD", "/health", 200), ("GET", "/nowhere", 404),
                        ("OPTIONS", "*", 204)):
                    answer = http.client.HTTPResponse(client, method=method)
                    # It must not read ahead into the next answer.
                    answer.fp.close()
                    answer.fp = client.makefile("rb", buffering=0)
                    answer.begin()
                    self.assertEqual(answer.status, status)
                    body = answer.read()
                    self.assertEqual(method == "POST", b"predicted_class" in body)
                    server.contract.check(method, target, status, answer.headers, body)
            sender.join()


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=60)
