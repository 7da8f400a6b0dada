#!/usr/bin/env python3
"""Every row (method, path, status) of /openapi.json, answered by the real server and held to it.

usage: test_contract.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import requests
from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as open_metrics

import harness
from contract import Violation
from event_stream import EventStream
from harness import PATIENCE_S, Server, ServerTest
from sounds import wav

# Rows that nobody outside can bring about, and why.
NEVER_SEEN = {
    (method, "*", 500): "only a fault of the server's own is answered so, and these have none to make"
    for method in ("GET", "PUT", "DELETE")
} | {
    ("POST", path, 500): "takes no files, so that there is nothing to spool"
    for path in ("/models/{version}/promote", "/retrain", "/retrain/stop", "/login", "/logout")
}


def is_excused(row):
    method, _, status = row
    return (method, "*", status) in NEVER_SEEN or row in NEVER_SEEN


def path_of(template, prediction="no-such-prediction"):
    """An address that the path of the document stands for."""
    name = "licences.txt" if template.startswith("/assets/") else "swagger-ui.css"
    return (template.replace("{file}", name).replace("{id}", prediction)
            .replace("{version}", "no-such-version"))


def is_of_the_data_folder(template):
    return any(part in template for part in ("prediction", "/models", "train"))


def operations(contract):
    return [(method.upper(), path) for path, methods in contract.document["paths"].items()
            for method in methods]


def head(method, path, *lines):
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode()


FORM_TYPE = "Content-Type: multipart/form-data; boundary=b"


class EveryRow(ServerTest):
    """Fills `seen` test by test; the last of them, by name, looks at what is missing."""

    seen = set()
    rows = set()

    def keep(self, server):
        EveryRow.seen |= server.contract.seen
        EveryRow.rows |= server.contract.rows()

    def sound(self, name="a0001.flac"):
        return (harness.DATA / name).read_bytes()

    def test_1_what_succeeds(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("normal/a.wav", "normal/b.flac", "abnormal/c.mp3", "abnormal/notes.txt"):
                path = Path(folder, "train", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            with Server("--data-dir", folder) as server:
                self.assertEqual(server.get("/health").json()["status"], "ok")
                self.assertEqual(server.get("/health/live").json(), {"status": "alive"})
                self.assertEqual(server.get("/health/ready").json()["status"], "ready")
                self.assertGreater(server.get("/uptime").json()["uptime_seconds"], 0)
                self.assertEqual(server.predict(self.sound()).status_code, 200)
                self.assertEqual(server.batch([("a", self.sound())]).status_code, 200)
                self.assertEqual(server.get("/model").json()["name"], "heartbeat")
                self.assertEqual(server.get("/visualizations/class-distribution").json(),
                                 {"distribution": {"normal": 2, "abnormal": 1}})
                self.see_the_history(server)
                stream = EventStream(server)
                self.assertTrue(stream.wait(lambda: stream.of_type("load")))
                stream.close()
                self.see_the_model(server)
                self.assertEqual(server.get("/session").json(),
                                 {"login_required": False, "key": None})
                for method in ("/login", "/logout"):
                    self.assert_problem(server.request("POST", method), 404, "not-found")
                for path in ("/metrics", "/openapi.json", "/docs"):
                    self.assertEqual(server.get(path).status_code, 200)
                page = server.get("/").text
                assets = re.findall(r'(?:href|src)="\./(assets/[^"]+)"', page)
                self.assertGreaterEqual(len(assets), 3)
                for path in (*assets, "assets/licences.txt"):
                    for encoding in ("identity", "gzip"):
                        asked = server.get("/" + path, headers={"Accept-Encoding": encoding})
                        self.assertEqual(asked.status_code, 200)
                for name in ("swagger-ui.css", "swagger-ui-bundle.js", "initializer.js",
                             "favicon-32x32.png", "swagger-ui-bundle.js.LICENSE.txt"):
                    self.assertEqual(server.get("/docs/" + name).status_code, 200)
                self.keep(server)

    def see_the_model(self, server):
        evaluation = server.get("/model/evaluation").json()
        self.assertEqual(evaluation["model"]["sha256"], server.get("/model").json()["sha256"])
        self.assertGreater(len(server.get("/model/training-history").json()["epochs"]), 1)
        models = server.get("/models").json()["models"]
        self.assertEqual([model["serving"] for model in models], [True])
        promote = f"/models/{models[0]['sha256']}/promote"
        self.assertTrue(server.request("POST", promote).json()["promoted"])
        self.assertEqual(server.get("/training-status").json()["status"], "idle")
        upload = server.request("POST", "/upload-training-data",
                                params={"target_class": "normal"},
                                files={"files": ("a", self.sound())})
        self.assertEqual(upload.json()["count"], 1)
        self.assert_problem(server.request("POST", "/models/0.0.0/promote"), 404, "not-found")
        self.assert_problem(server.request("POST", "/retrain/stop"), 409, "conflict")
        for path in (promote, "/retrain", "/retrain/stop"):
            foreign = server.request("POST", path, headers={"Sec-Fetch-Site": "cross-site"})
            self.assert_problem(foreign, 403, "foreign-page")
        foreign = server.request("POST", "/upload-training-data", files={"files": b"x"},
                                 headers={"Sec-Fetch-Site": "cross-site"})
        self.assert_problem(foreign, 403, "foreign-page")

    def test_1_retraining_with_and_without_a_trainer(self):
        program = harness.PROGRAM
        with tempfile.TemporaryDirectory() as folder:
            # A program of its own folder, so that the trainer that was built is not beside it.
            harness.PROGRAM = Path(folder, "heartbeat")
            self.addCleanup(setattr, harness, "PROGRAM", program)
            shutil.copy(program, harness.PROGRAM)
            with Server() as server:
                self.assert_problem(server.request("POST", "/retrain"), 501, "not-installed")
                self.keep(server)
            trainer = Path(folder, "heartbeat-train")
            trainer.write_text("#!/bin/sh\ntrap 'exit 130' INT\nwhile :; do sleep 0.1; done\n")
            trainer.chmod(0o755)
            with Server() as server:
                self.assert_problem(server.request("POST", "/retrain"), 422, "too-few-recordings")
                for i in range(20):
                    server.request("POST", "/upload-training-data",
                                   params={"target_class": "normal" if i % 2 else "abnormal"},
                                   files={"files": self.sound() + bytes([i])})
                self.assertEqual(server.request("POST", "/retrain").json()["status"], "started")
                self.assertEqual(server.get("/training-status").json()["status"], "running")
                self.assert_problem(server.request("POST", "/retrain"), 409, "conflict")
                stopped = server.request("POST", "/retrain/stop")
                self.assertEqual(stopped.json()["status"], "stopping")
                self.keep(server)

    def test_1_a_model_of_which_nothing_is_known(self):
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder, "model.onnx")
            shutil.copy(harness.MODEL, model)
            with Server(model=model) as server:
                for path in ("/model/evaluation", "/model/training-history"):
                    problem = self.assert_problem(server.get(path), 404, "not-found")
                    self.assertNotIn(folder, problem["detail"])
                version = server.get("/model").json()["version"]
                model.unlink()
                self.assertFalse(server.get("/models").json()["models"][0]["available"])
                gone = server.request("POST", f"/models/{version}/promote")
                self.assert_problem(gone, 409, "conflict")
                self.keep(server)

    def see_the_history(self, server):
        page = server.get("/predictions", params={"limit": 1}).json()
        self.assertEqual([entry["file_name"] for entry in page["predictions"]], ["a"])
        page = server.get("/predictions", params={"cursor": page["next_cursor"]}).json()
        self.assertEqual(len(page["predictions"]), 1)
        self.assertIsNone(page["next_cursor"])
        self.assertEqual(len(server.get("/predictions.csv").text.splitlines()), 3)
        history = server.get("/visualizations/prediction-history").json()["history"]
        self.assertEqual(len(history), 2)
        kept = "/predictions/" + server.newest()
        label = server.request("PUT", kept + "/label", json={"label": "unsure", "by": "Dr. A"})
        self.assertEqual(label.json()["label"], "unsure")
        self.assertEqual(server.get(kept).json()["labels"], [label.json()])
        audio = server.get(kept + "/audio")
        self.assertEqual((audio.status_code, audio.content), (200, self.sound()))
        self.assertEqual(audio.headers["Content-Type"], "audio/flac")
        part = server.get(kept + "/audio", headers={"Range": "bytes=0-3"})
        self.assertEqual((part.status_code, part.content), (206, b"fLaC"))
        few = server.get(kept + "/waveform", params={"points": 1}).json()
        self.assertEqual((len(few["min"]), few["end_s"]), (1, few["duration_s"]))
        few = server.get(kept + "/spectrogram", params={"frames": 1}).json()
        self.assertEqual((few["frames"], few["bands"]), (1, 129))
        why = server.get(kept + "/explanation").json()
        self.assertEqual(why["regions"], server.get(kept).json()["explanation"]["regions"])
        cells = sum(sum(row) for row in why["contributions"])
        self.assertAlmostEqual(cells + why["remainder"], why["logit"], delta=1e-3)
        behind = server.get(kept + "/audio", headers={"Range": f"bytes={len(self.sound())}-"})
        self.assert_problem(behind, 416, "range-not-satisfiable")
        as_text = server.request("PUT", kept + "/label", data='{"label":"normal","by":"a"}')
        self.assert_problem(as_text, 415, "unsupported-format")
        deleted = server.request("DELETE", kept, params={"by": "Dr. A"})
        self.assertEqual((deleted.status_code, deleted.content), (204, b""))
        for method, path, body in (("GET", kept, None), ("GET", kept + "/audio", None),
                                   ("GET", kept + "/waveform", None),
                                   ("GET", kept + "/spectrogram", None),
                                   ("GET", kept + "/explanation", None),
                                   ("PUT", kept + "/label", {"label": "normal", "by": "a"}),
                                   ("DELETE", kept, None)):
            self.assert_problem(server.request(method, path, json=body), 404, "not-found")

    def test_2_without_a_history(self):
        with Server("--no-store") as server:
            self.assertEqual(server.predict(self.sound()).status_code, 200)
            self.assertEqual(server.batch([("a", self.sound())]).status_code, 200)
            for method, template in operations(server.contract):
                if not is_of_the_data_folder(template) or template == "/model/training-history":
                    continue
                form = {"files": {"files": b"x"}} if "upload" in template else {}
                problem = self.assert_problem(
                    server.request(method, path_of(template), **form), 404, "not-found")
                self.assertIn("--no-store", problem["detail"])
            self.keep(server)

    def test_2_while_the_history_cannot_be_written(self):
        # What cannot be written waits, one after the other, for as long as the store does.
        with tempfile.TemporaryDirectory() as folder, \
                Server("--data-dir", folder, "--answer-timeout", "300") as server:
            self.assertEqual(server.predict(self.sound()).status_code, 200)
            kept = "/predictions/" + server.newest()
            other = sqlite3.connect(Path(folder, "heartbeat.db"), isolation_level=None)
            self.addCleanup(other.close)
            other.execute("BEGIN IMMEDIATE")  # another program that does not let go
            with ThreadPoolExecutor(5) as pool:  # each waits for as long as the store does
                answers = list(pool.map(lambda ask: ask(), (
                    lambda: server.predict(self.sound("b0002.flac"), name="Jane Doe.flac"),
                    lambda: server.request("PUT", kept + "/label",
                                           json={"label": "normal", "by": "a"}),
                    lambda: server.request("DELETE", kept),
                    lambda: server.request(
                        "POST", f"/models/{server.get('/model').json()['sha256']}/promote"),
                    lambda: server.batch([("Jane Doe", self.sound("b0002.flac"))]),
                )))
            for answer in answers[:4]:
                self.assert_problem(answer, 507, "storage-failed")
                self.assertNotIn(folder, answer.text)
            result = answers[4].json()["results"][0]
            self.assertEqual(result["type"], "/problems/storage-failed")
            other.execute("ROLLBACK")
            self.assertEqual(server.predict(self.sound()).status_code, 200)
            self.assertEqual(len(server.get("/predictions").json()["predictions"]), 2)
            server.stop()
            log = "".join(server.lines)
            self.assertIn(answers[0].headers["X-Request-Id"], log)
            self.assertNotIn("Jane", log)
            self.keep(server)

    def test_2_what_the_client_has_already(self):
        with Server() as server:
            server.predict(self.sound())
            for path in ("/openapi.json", "/docs", "/docs/swagger-ui-bundle.js", "/",
                         "/assets/licences.txt", f"/predictions/{server.newest()}/audio",
                         f"/predictions/{server.newest()}/waveform",
                         f"/predictions/{server.newest()}/spectrogram",
                         f"/predictions/{server.newest()}/explanation"):
                etag = server.get(path).headers["ETag"]
                again = server.get(path, headers={"If-None-Match": etag})
                self.assertEqual((again.status_code, again.content), (304, b""))
                other = server.get(path, headers={"If-None-Match": '"other"'})
                self.assertEqual(other.status_code, 200)
            self.keep(server)

    def test_3_what_is_wrong_with_any_request(self):
        with Server() as server:
            server.predict(self.sound())
            prediction = server.newest()
            for method, template in operations(server.contract):
                path = path_of(template, prediction)
                with self.subTest(path):
                    two_hosts = head(method, path, "Host: a", "Host: b")
                    self.assert_problem(server.ask_raw(two_hosts), 400, "bad-request")
                    too_large = head(method, path, "Host: a", FORM_TYPE, f"Content-Length: {10**15}")
                    self.assert_problem(server.ask_raw(too_large), 413, "body-too-large")
                    long_header = head(method, path, "Host: a", "X: " + "y" * 17000)
                    self.assert_problem(server.ask_raw(long_header), 431, "header-too-large")
                    if method == "GET":
                        self.assertEqual(server.request("HEAD", path).status_code, 200)
                    self.assertEqual(server.request("OPTIONS", path).status_code, 204)
                    wrong = server.request("PATCH", path)
                    self.assert_problem(wrong, 405, "method-not-allowed")
            self.assert_problem(server.get("/nowhere"), 404, "not-found")
            self.assert_problem(server.get("/docs/nothing"), 404, "not-found")
            self.assert_problem(server.get("/assets/nothing"), 404, "not-found")
            self.keep(server)

    def test_3_what_is_too_slow(self):
        with Server("--body-timeout", "1") as server:
            def wait(operation):
                method, template = operation
                return server.ask_raw(head(method, path_of(template), "Host: a", FORM_TYPE,
                                           "Content-Length: 5"))
            slow = operations(server.contract)
            with ThreadPoolExecutor(len(slow)) as pool:
                for answer in pool.map(wait, slow):
                    self.assert_problem(answer, 408, "request-timeout")
            self.keep(server)

    def test_3_what_comes_while_there_are_too_many_connections(self):
        with Server("--max-connections", "1") as server:
            # The connection that asked for the document may still be closing.
            with self.hold_connection(server):
                for method, template in operations(server.contract):
                    request = head(method, path_of(template), "Host: a")
                    self.assert_problem(server.ask_raw(request), 503, "overloaded")
            self.keep(server)

    def hold_connection(self, server):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            client = server.connect()
            client.sendall(head("GET", "/health", "Host: a"))
            if client.recv(65536).startswith(b"HTTP/1.1 200 "):
                return client
            client.close()
        raise AssertionError("the server takes no connection")

    def test_4_recordings_that_cannot_be_heard(self):
        with Server() as server:
            self.assert_problem(server.predict(b"no sound" * 99), 415, "unsupported-format")
            self.assert_problem(server.predict(b""), 422, "recording-empty")
            self.keep(server)

    def test_4_without_a_model(self):
        with Server(model="/nowhere.onnx") as server:
            self.assertEqual(server.get("/health").json(), {"status": "ok", "model_loaded": False})
            ready = self.assert_problem(server.get("/health/ready"), 503, "not-ready")
            self.assertEqual(ready["reasons"], ["model"])
            for path in ("/model", "/model/evaluation", "/model/training-history"):
                self.assert_problem(server.get(path), 503, "no-model")
            self.assert_problem(server.request("POST", "/retrain"), 503, "no-model")
            self.assert_problem(server.predict(self.sound()), 503, "no-model")
            self.assert_problem(server.batch([("a", self.sound())]), 503, "no-model")
            metrics = server.get("/metrics").json()
            self.assertIsNone(metrics["accuracy"])
            self.assertEqual(metrics["figures_note"], "no model is loaded")
            self.keep(server)

    def test_4_while_the_queue_is_full(self):
        with Server("--threads", "1", "--max-queue", "0") as server:
            long_sound = wav(1800, rate=4000)
            stop = threading.Event()

            def keep_busy():
                while not stop.is_set():
                    server.predict(long_sound)

            # Two, so that one waits for its turn whenever the other is being answered.
            busy = [threading.Thread(target=keep_busy) for _ in range(2)]
            for thread in busy:
                thread.start()
            try:
                for method, path, options in (
                    ("POST", "/predict", {"files": {"file": b"x"}}),
                    ("POST", "/batch-predict", {"files": {"files": b"x"}}),
                    ("GET", "/visualizations/class-distribution", {}),
                    ("POST", "/upload-training-data", {"files": {"files": b"x"}}),
                    ("GET", "/model/evaluation", {}),
                    *((method, path_of(template), {})
                      for method, template in operations(server.contract)
                      if is_of_the_data_folder(template) and "upload" not in template),
                ):
                    answer = self.ask_until(429, server, method, path, **options)
                    self.assert_problem(answer, 429, "queue-full")
                    self.assertEqual(answer.headers["Retry-After"], "1")
                full = self.ask_until(503, server, "GET", "/health/ready")
                self.assertEqual(full.json()["reasons"], ["queue"])
            finally:
                stop.set()
                for thread in busy:
                    thread.join()
            self.keep(server)

    def ask_until(self, status, server, method, path, **options):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            answer = server.request(method, path, **options)
            if answer.status_code == status:
                return answer
        self.fail(f"{method} {path} is never answered {status}")

    def test_4_when_the_server_itself_fails(self):
        folder = tempfile.mkdtemp()
        with Server("--spool-folder", folder) as server:
            shutil.rmtree(folder)
            large = wav(600, rate=4000)
            answer = server.predict(large, name="Jane Doe.wav")
            problem = self.assert_problem(answer, 500, "io")
            self.assertNotIn(folder, answer.text)
            self.assertIn(answer.headers["X-Request-Id"], problem["detail"])
            self.assert_problem(server.batch([("a", large)]), 500, "io")
            upload = server.request("POST", "/upload-training-data?target_class=normal",
                                    files={"files": large})
            self.assert_problem(upload, 500, "io")
            server.stop()
            log = "".join(server.lines)
            self.assertIn(answer.headers["X-Request-Id"], log)
            self.assertNotIn("Jane", log)
            self.keep(server)

    def test_5_who_has_no_right(self):
        with tempfile.TemporaryDirectory() as folder:
            keys = {scope: harness.make_key(folder, "--name", scope, "--scope", scope)
                    for scope in ("predict", "read")}
            slow = harness.make_key(folder, "--name", "slow", "--scope", "admin", "--rate", "1")
            with Server("--data-dir", folder) as server:
                first = server.get("/metrics", headers={"X-API-Key": slow})
                self.assertEqual(first.status_code, 200)
                for method, template in operations(server.contract):
                    operation = server.contract.document["paths"][template][method.lower()]
                    scope = operation["x-scope"]
                    if scope == "none":
                        continue
                    path = path_of(template)
                    none = self.assert_problem(server.request(method, path), 401, "unauthorized")
                    self.assertIn("heartbeat keys add", none["detail"])
                    other = keys["read" if scope == "predict" else "predict"]
                    refused = server.request(method, path,
                                             headers={"Authorization": "Bearer " + other})
                    detail = self.assert_problem(refused, 403, "forbidden")["detail"]
                    self.assertIn(f"`{scope}`", detail)
                    limited = server.request(method, path, headers={"X-API-Key": slow})
                    self.assert_problem(limited, 429, "rate-limited")
                    self.assertGreater(int(limited.headers["Retry-After"]), 1)
                self.see_the_login(server, keys["read"])
                self.keep(server)

    def see_the_login(self, server, key):
        with requests.Session() as browser:
            browser.hooks["response"].append(server.contract.check_response)
            login = browser.post(server.url + "/login", json={"key": key})
            self.assertEqual(login.json()["key"]["scopes"], ["read"])
            self.assertEqual(browser.get(server.url + "/session").json(), login.json())
            self.assertEqual(browser.get(server.url + "/predictions").status_code, 200)
            foreign = {"Sec-Fetch-Site": "cross-site"}
            for path in ("/login", "/logout"):
                refused = browser.post(server.url + path, headers=foreign)
                self.assert_problem(refused, 403, "foreign-page")
            self.assertEqual(browser.post(server.url + "/logout").status_code, 204)
            self.assertEqual(browser.get(server.url + "/predictions").status_code, 401)
        self.assert_problem(server.request("POST", "/login", json={"kee": key}), 400, "bad-request")
        self.assert_problem(server.request("POST", "/login", data={"key": key}), 415,
                            "unsupported-format")
        self.assert_problem(server.request("POST", "/login", json={"key": "hb_x"}), 401,
                            "unauthorized")
        self.ask_until(429, server, "POST", "/login", json={"key": "hb_x"})

    def test_5_what_cannot_be_noted(self):
        with Server("--audit", "/dev/full") as server:
            self.assertEqual(server.predict(self.sound()).status_code, 507)
            for method, template in operations(server.contract):
                operation = server.contract.document["paths"][template][method.lower()]
                if "507" in operation["responses"] and not template.startswith("/models"):
                    refused = self.ask_until(507, server, method, path_of(template), stream=True)
                    self.assert_problem(refused, 507, "storage-failed")
            self.keep(server)

    def test_9_no_row_is_missing(self):
        missing = {row for row in self.rows - self.seen if not is_excused(row)}
        self.assertEqual(missing, set())
        needless = {row for row in self.seen if is_excused(row)}
        self.assertEqual(needless, set(), "seen after all, so not to be excused")
        self.assertGreater(len(self.seen), 80)
        excused = len(self.rows) - len(self.seen)
        print(f"{len(self.seen)} of {len(self.rows)} rows were seen, {excused} are excused", end=" ")


class Description(ServerTest):
    """The document by itself, and that the checks find what is wrong."""

    def test_examples_are_valid(self):
        with Server() as server:
            contract = server.contract
            examples = 0
            for path, methods in contract.document["paths"].items():
                for operation in methods.values():
                    for status, response in operation["responses"].items():
                        content = contract.resolve(response).get("content", {})
                        for media in content.values():
                            if "example" not in media:
                                continue
                            with self.subTest(f"{path} {status}"):
                                contract.validate(media["schema"], media["example"])
                                strays = contract.strays(media["schema"], media["example"], "$")
                                self.assertEqual(list(strays), [])
                                examples += 1
            self.assertGreater(examples, 80)

    def test_schemas_are_json_schema_2020_12(self):
        with Server() as server:
            for name, schema in server.contract.document["components"]["schemas"].items():
                with self.subTest(name):
                    jsonschema.Draft202012Validator.check_schema(schema)

    def test_the_table_of_routes_is_the_document(self):
        listed = subprocess.run([harness.PROGRAM, "routes", "--json"], capture_output=True,
                                text=True, timeout=PATIENCE_S, check=True)
        with Server() as server:
            described = [
                {"method": method.upper(), "path": path, "scope": operation["x-scope"],
                 "summary": operation["summary"]}
                for path, methods in server.contract.document["paths"].items()
                for method, operation in methods.items()
            ]
        self.assertEqual(json.loads(listed.stdout), described)
        table = subprocess.run([harness.PROGRAM, "routes"], capture_output=True, text=True,
                               timeout=PATIENCE_S, check=True).stdout.splitlines()
        self.assertEqual(re.split("  +", table[0]), ["method", "path", "scope", "summary"])
        self.assertEqual(len(table), len(described) + 1)
        for line, row in zip(table[1:], described):
            self.assertEqual(re.split("  +", line), list(row.values()))

    def test_checks_find_what_is_wrong(self):
        with Server() as server:
            good = server.predict((harness.DATA / "b0002.flac").read_bytes())
            contract = server.contract
            checks = contract.checks

            def check(method="POST", path="/predict", status=200, body=None, **changed):
                headers = requests.structures.CaseInsensitiveDict(good.headers)
                for header, value in changed.items():
                    header = header.replace("_", "-")
                    if value is None:
                        del headers[header]
                    else:
                        headers[header] = value
                content = good.content if body is None else json.dumps(body).encode()
                contract.check(method, path, status, headers, content)

            check()
            self.assertEqual(contract.checks, checks + 1)
            prediction = good.json()
            wrong = {
                "a status that is not declared": {"status": 201},
                "a path that is not there": {"path": "/nowhere"},
                "a method that is not there": {"method": "PUT"},
                "no request id": {"X_Request_Id": None},
                "a request id of another form": {"X_Request_Id": "two words"},
                "no nosniff": {"X_Content_Type_Options": None},
                "another media type": {"Content_Type": "text/json"},
                "a member too many": {"body": {**prediction, "score": 1}},
                "a member within too many": {
                    "body": {**prediction, "model": {**prediction["model"], "path": "/m"}}},
                "a member too many in a list": {
                    "body": {**prediction, "windows": [{**prediction["windows"][0], "x": 1}]}},
                "a member missing": {
                    "body": {k: v for k, v in prediction.items() if k != "verdict"}},
                "a number out of range": {"body": {**prediction, "confidence": 1.5}},
                "another type": {"body": {**prediction, "timestamp": 0}},
                "a problem that is none": {
                    "status": 415, "Content_Type": "application/problem+json"},
                "a body for HEAD": {"method": "HEAD", "path": "/health",
                                    "body": {"status": "ok", "model_loaded": True}},
                "OPTIONS without Allow": {"method": "OPTIONS", "status": 204},
            }
            for what, change in wrong.items():
                with self.subTest(what), self.assertRaises(Violation):
                    check(**change)
            self.assertEqual(contract.checks, checks + 1)

            problem = server.predict(b"no sound" * 9)
            for change in ({"status": 422}, {"instance": "urn:uuid:0"}, {"more": 1}):
                body = json.dumps({**problem.json(), **change}).encode()
                with self.subTest(change), self.assertRaises(Violation):
                    contract.check("POST", "/predict", 415, problem.headers, body)


class BasePath(ServerTest):
    def test_everything_stands_below_it(self):
        with Server("--base-path", "/clinic/heartbeat") as server:
            document = server.contract.document
            self.assertEqual(document["servers"], [{"url": "/clinic/heartbeat"}])
            sound = (harness.DATA / "b0002.flac").read_bytes()
            self.assertEqual(server.predict(sound).status_code, 200)
            prediction = server.newest()
            for method, template in operations(server.contract):
                if method == "GET":
                    with server.get(path_of(template, prediction), stream=True) as answer:
                        self.assertEqual(answer.status_code, 200)
            page = server.get("/docs")
            links = re.findall(r'(?:href|src)="([^"]+)"', page.text)
            self.assertEqual(len(links), 5)
            for link in links:
                address = urllib.parse.urljoin(page.url, link)
                self.assertTrue(address.startswith(server.url + "/"), address)
                self.assertEqual(server.get(address[len(server.url):]).status_code, 200)
            outside = server.ask_raw(head("GET", "/health", "Host: a"))
            self.assert_problem(outside, 404, "not-found")

    def test_a_client_names_its_request(self):
        with Server() as server:
            for chosen in ("my-request.7", "01890c0e-0000-7000-8000-000000000000"):
                problem = server.get("/nowhere", headers={"X-Request-Id": chosen})
                self.assertEqual(problem.headers["X-Request-Id"], chosen)
                self.assertTrue(problem.json()["instance"].endswith(chosen))
            unfit = server.get("/health", headers={"X-Request-Id": "Jane Doe"})
            self.assertNotEqual(unfit.headers["X-Request-Id"], "Jane Doe")
            trace = "0af7651916cd43dd8448eb211c80319c"
            traced = server.get("/health", headers={
                "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
            self.assertEqual(traced.headers["traceresponse"].split("-")[1], trace)


class Metrics(ServerTest):
    def test_figures_are_those_that_evaluate_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder, "model.onnx")
            shutil.copy(harness.MODEL, model)
            with Server(model=model) as server:
                self.assertIn("no metrics.json", server.get("/metrics").json()["figures_note"])
                self.assertIsNone(server.get("/model").json()["figures"])
            subprocess.run([harness.PROGRAM, "evaluate", model, harness.DATA, "--out", folder],
                           capture_output=True, timeout=PATIENCE_S, check=True)
            report = json.loads(Path(folder, "metrics.json").read_text())
            overall = next(group for group in report["groups"] if group["database"] == "all")
            with Server(model=model) as server:
                metrics = server.get("/metrics").json()
                card = server.get("/model").json()
            self.assertIsNone(metrics["figures_note"])
            for key, measure in (("accuracy", "accuracy"), ("precision", "precision"),
                                 ("recall", "sensitivity"), ("f1_score", "f1"),
                                 ("auc_roc", "auroc")):
                self.assertIsNotNone(metrics[key])
                self.assertEqual(metrics[key], overall[measure]["value"])
            matrix = overall["confusion_matrix"]
            self.assertEqual(metrics["confusion_matrix"],
                             [[matrix["true_negative"], matrix["false_positive"]],
                              [matrix["false_negative"], matrix["true_positive"]]])
            self.assertEqual(metrics["figures_recordings"], sum(map(sum, metrics["confusion_matrix"])))
            self.assertEqual(card["figures"]["groups"][0]["measures"]["auroc"], overall["auroc"])
            self.assertNotIn(str(harness.DATA), json.dumps(card))

            report["model"]["sha256"] = "0" * 64
            Path(folder, "metrics.json").write_text(json.dumps(report))
            with Server(model=model) as server:
                metrics = server.get("/metrics").json()
            self.assertIsNone(metrics["accuracy"])
            self.assertIn("another model", metrics["figures_note"])

    def test_prometheus_can_read_both_formats(self):
        sound = (harness.DATA / "b0002.flac").read_bytes()
        with Server() as server, requests.Session() as session:
            session.hooks["response"].append(server.contract.check_response)
            # A request is counted once its answer is written. On one connection that is before the
            # next one is read; on another it could be after.
            session.post(server.url + "/predict", files={"file": sound})
            session.post(server.url + "/batch-predict",
                         files=[("files", ("a", sound)), ("files", ("b", b"no sound"))])
            session.get(server.url + "/nowhere")
            formats = {
                "text/plain; version=0.0.4; charset=utf-8": ("text/plain", text_format),
                "application/openmetrics-text; version=1.0.0; charset=utf-8": (
                    "application/openmetrics-text; version=1.0.0", open_metrics),
            }
            for media_type, (accept, parser) in formats.items():
                with self.subTest(accept):
                    answer = session.get(server.url + "/metrics", headers={"Accept": accept})
                    self.assertEqual(answer.headers["Content-Type"], media_type)
                    families = {family.name: family for family in
                                parser.text_string_to_metric_families(answer.text)}
                    self.assert_metrics(families)
            # As Prometheus 2.42 asks.
            preferring = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                          "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
            answer = server.get("/metrics", headers={"Accept": preferring})
            self.assertTrue(answer.headers["Content-Type"].startswith("application/openmetrics"))
            for accept in ("*/*", "application/json", "text/html,*/*;q=0.8", "image/png"):
                answer = server.get("/metrics", headers={"Accept": accept})
                self.assertEqual(answer.headers["Content-Type"], "application/json")

    def assert_metrics(self, families):
        def value(family, sample_name=None, **labels):
            return sum(sample.value for sample in families[family].samples
                       if sample.name == (sample_name or family)
                       and labels.items() <= sample.labels.items())

        self.assertEqual(value("heartbeat_predictions", "heartbeat_predictions_total"), 2)
        self.assertEqual(value("heartbeat_prediction_duration_seconds",
                               "heartbeat_prediction_duration_seconds_count"), 2)
        for route, status in (("/predict", "200"), ("/batch-predict", "200"), ("none", "404")):
            self.assertEqual(value("heartbeat_http_requests", "heartbeat_http_requests_total",
                                   route=route, status=status), 1)
        self.assertGreaterEqual(value("heartbeat_http_requests_in_flight"), 1)
        self.assertEqual(value("heartbeat_work_queue_depth"), 0)
        self.assertEqual(value("heartbeat_model_info", name="heartbeat"), 1)
        self.assertGreater(value("process_resident_memory_bytes"), 1 << 20)
        self.assertLess(abs(value("process_start_time_seconds") - time.time()), 3600)
        for family in families.values():
            self.assertIn(family.type, ("counter", "gauge", "histogram"))
            self.assertGreater(len(family.documentation), 5)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=150)
