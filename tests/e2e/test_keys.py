#!/usr/bin/env python3
"""Who may: `heartbeat keys`, and a server that has some.

usage: test_keys.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import hashlib
import json
import re
import signal
import stat
import subprocess
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

import harness
from event_stream import EventStream
from harness import PATIENCE_S, Server, ServerTest, environment, make_key


def keys(*words, check=True):
    return subprocess.run([harness.PROGRAM, "keys", *map(str, words)], capture_output=True,
                          text=True, timeout=PATIENCE_S, check=check, env=environment())


def bearer(key):
    return {"Authorization": "Bearer " + key}


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


class KeysTest(ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="heartbeat-keys-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "data")
        self.file = self.folder / "keys.toml"

    def key(self, *scopes, name="ward 3", options=()):
        return make_key(self.folder, "--name", name, "--scope", ",".join(scopes), *options)

    def serve(self, *options):
        return Server("--data-dir", str(self.folder), *options)

    def sound(self, name="a0060.flac"):
        return (harness.DATA / name).read_bytes()

    def wait(self, condition):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05)
        self.fail("it never comes to be")


class Verb(KeysTest):
    def test_a_key_is_shown_once_and_kept_as_its_hash(self):
        key = self.key("predict", "read", options=("--rate", "600", "--expires", "2099-01-31"))
        self.assertRegex(key, r"^hb_[A-Za-z0-9_-]{43}$")
        self.assertEqual(mode_of(self.file), 0o600)
        self.assertEqual(mode_of(self.folder), 0o700)
        text = self.file.read_text()
        self.assertNotIn(key[3:], text)
        [kept] = tomllib.loads(text)["key"]
        digest = hashlib.blake2b(key.encode(), digest_size=32, key=b"heartbeat-key-v1").hexdigest()
        self.assertEqual(kept["hash"], "blake2b-256:" + digest)
        self.assertEqual((kept["name"], kept["scopes"]), ("ward 3", ["predict", "read"]))
        self.assertEqual(kept["rate_per_minute"], 600)
        self.assertEqual(kept["expires"].isoformat(), "2099-01-31T00:00:00+00:00")

    def test_standard_output_has_the_key_and_nothing_else(self):
        made = keys("add", "--keys", self.file, "--name", "a", "--scope", "read")
        self.assertRegex(made.stdout, r"^hb_\S+\n$")
        self.assertIn("shown once", made.stderr)
        self.assertNotIn(made.stdout.strip(), made.stderr)
        as_json = keys("add", "--keys", self.file, "--name", "b", "--scope", "admin", "--json")
        made = json.loads(as_json.stdout)
        self.assertEqual((made["name"], made["scopes"], made["expires"]), ("b", ["admin"], None))
        self.assertTrue(made["key"].startswith("hb_"))

    def test_the_list_shows_no_key(self):
        key = self.key("read", name="one\u00e4")
        self.key("admin", name="two", options=("--rate", "5"))
        listed = keys("list", "--data-dir", self.folder)
        rows = [re.split("  +", row) for row in listed.stdout.splitlines()]
        self.assertEqual(rows[0], ["id", "scopes", "a minute", "created", "expires", "name"])
        self.assertEqual([(row[1], row[2], row[5]) for row in rows[1:]],
                         [("read", "-", "one\u00e4"), ("admin", "5", "two")])
        self.assertNotIn("hb_", listed.stdout)
        entries = json.loads(keys("list", "--data-dir", self.folder, "--json").stdout)
        self.assertEqual([entry["id"] for entry in entries], [row[0] for row in rows[1:]])
        self.assertNotIn("key", entries[0])
        self.assertNotIn("hash", entries[0])
        self.assertNotIn(key, json.dumps(entries))

    def test_a_key_is_revoked_for_ever(self):
        for name in "abc":
            self.key("read", name=name)
        entries = json.loads(keys("list", "--data-dir", self.folder, "--json").stdout)
        ids = {entry["name"]: entry["id"] for entry in entries}
        nothing = keys("revoke", "--data-dir", self.folder, ids["a"], "00000000", check=False)
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("none was revoked", nothing.stderr)
        revoked = keys("revoke", "--data-dir", self.folder, ids["a"], ids["c"])
        self.assertIn("2 keys revoked", revoked.stderr)
        left = json.loads(keys("list", "--data-dir", self.folder, "--json").stdout)
        self.assertEqual([entry["name"] for entry in left], ["b"])

    def test_wrong_usage_is_named(self):
        for words, message in (
            (("add", "--name", "a"), "--scope"),
            (("add", "--scope", "read"), "--name"),
            (("add", "--name", "a", "--scope", "write"), "predict, read, label or admin"),
            (("add", "--name", "", "--scope", "read"), "name"),
            (("add", "--name", "a", "--scope", "read", "--rate", "0"), "--rate"),
            (("add", "--name", "a", "--scope", "read", "--expires", "soon"), "--expires"),
            (("add", "--name", "a", "--scope", "read", "--expires", "2001-01-01"), "expired"),
            (("revoke",), "ID"),
            ((), "add, list or revoke"),
        ):
            with self.subTest(words):
                refused = keys(*words, *(("--data-dir", self.folder) if words else ()), check=False)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                self.assertIn(message, refused.stderr)
                self.assertFalse(self.file.exists())
        missing = keys("list", "--data-dir", self.folder, check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("heartbeat keys add", missing.stderr)

    def test_many_at_once_lose_nothing(self):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda i: self.key("read", name=f"key {i}"), range(16)))
        self.assertEqual(len(set(made)), 16)
        self.assertEqual(len(tomllib.loads(self.file.read_text())["key"]), 16)

    def test_a_broken_file_is_named_with_its_line(self):
        self.key("read")
        text = self.file.read_text()
        self.file.write_text(text.replace('scopes = ["read"]', 'scopes = ["write"]'))
        line = text.splitlines().index('scopes = ["read"]') + 1
        for command in (("keys", "list"), ("serve", "--port", "0", "--model", harness.MODEL)):
            failed = subprocess.run([harness.PROGRAM, *command, "--data-dir", self.folder],
                                    capture_output=True, text=True, timeout=PATIENCE_S,
                                    check=False, env=environment())
            self.assertEqual(failed.returncode, 2, failed.stderr)
            self.assertIn(f"{self.file} line {line}: ", failed.stderr)
        self.file.write_text(text)
        self.file.chmod(0o666)
        open_to_all = keys("list", "--data-dir", self.folder, check=False)
        self.assertEqual(open_to_all.returncode, 1)
        self.assertIn("chmod go-w", open_to_all.stderr)


class Serve(KeysTest):
    def run_serve(self, *options):
        return subprocess.run(
            [harness.PROGRAM, "serve", "--port", "0", "--model", harness.MODEL,
             "--data-dir", self.folder, *options],
            capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment())

    def test_other_addresses_need_keys(self):
        refused = self.run_serve("--host", "0.0.0.0")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("heartbeat keys add", refused.stderr)
        off = self.run_serve("--host", "0.0.0.0", "--keys", "off")
        self.assertEqual(off.returncode, 2, off.stderr)
        missing = self.run_serve("--keys", str(self.folder / "nowhere.toml"))
        self.assertEqual(missing.returncode, 1, missing.stderr)
        self.assertIn("nowhere.toml", missing.stderr)
        key = self.key("read")
        with subprocess.Popen(
                [harness.PROGRAM, "serve", "--port", "0", "--host", "0.0.0.0", "--model",
                 harness.MODEL, "--data-dir", self.folder],
                stderr=subprocess.PIPE, text=True, env=environment()) as process:
            try:
                line = next(line for line in process.stderr if "listens on" in line)
                url = "http://127.0.0.1:" + re.search(r"0\.0\.0\.0:(\d+)", line).group(1)
                self.assertEqual(requests.get(url + "/metrics", timeout=PATIENCE_S).status_code, 401)
                let_in = requests.get(url + "/metrics", timeout=PATIENCE_S, headers=bearer(key))
                self.assertEqual(let_in.status_code, 200)
            finally:
                process.terminate()

    def test_the_keys_of_the_data_folder_are_in_force(self):
        self.key("read")
        with self.serve() as server:
            self.assert_problem(server.get("/predictions"), 401, "unauthorized")
            self.assertIn(str(self.file), "".join(server.lines))
        with self.serve("--keys", "off") as server:
            self.assertEqual(server.get("/predictions").status_code, 200)

    def test_what_supervises_it_needs_no_key(self):
        self.key("read")
        with self.serve() as server:
            for path in ("/health", "/health/live", "/health/ready", "/uptime", "/session", "/",
                         "/docs", "/openapi.json"):
                self.assertEqual(server.get(path).status_code, 200)

    def test_an_upload_is_refused_before_it_is_sent(self):
        key = self.key("read")
        with self.serve() as server:
            request = (f"POST /predict HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\n"
                       "Content-Type: multipart/form-data; boundary=b\r\n"
                       "Content-Length: 30000000\r\nExpect: 100-continue\r\n\r\n").encode()
            self.assert_problem(server.ask_raw(request), 403, "forbidden")

    def test_a_key_does_what_its_scopes_say(self):
        may = {scope: self.key(scope) for scope in ("predict", "read", "label", "admin")}
        with self.serve() as server:
            made = server.predict(self.sound(), headers=bearer(may["predict"]))
            self.assertEqual(made.status_code, 200)
            path = "/predictions/" + made.json()["id"]
            asked = {
                "read": ("GET", path, {}),
                "label": ("PUT", path + "/label", {"json": {"label": "normal"}}),
                "admin": ("DELETE", path, {}),
            }
            for needed, (method, address, options) in asked.items():
                for scope, key in may.items():
                    answer = server.request(method, address, headers=bearer(key), **options)
                    allowed = scope in (needed, "admin")
                    self.assertEqual(answer.status_code < 300, allowed, (needed, scope))

    def test_sighup_reads_the_keys_again(self):
        first = self.key("read", name="first")
        with self.serve() as server, requests.Session() as browser:
            browser.post(server.url + "/login", json={"key": first}, timeout=PATIENCE_S)
            second = self.key("read", name="second")
            self.assertEqual(server.get("/metrics", headers=bearer(second)).status_code, 401)
            server.process.send_signal(signal.SIGHUP)
            self.wait(lambda: server.get("/metrics", headers=bearer(second)).status_code == 200)
            self.assertEqual(browser.get(server.url + "/metrics").status_code, 200)

            good = self.file.read_text()
            self.file.write_text(good + "\n[[key]]\nid = 7\n")
            server.process.send_signal(signal.SIGHUP)
            line = len(good.splitlines()) + 3
            self.wait(lambda: f"{self.file} line {line}" in "".join(server.lines))
            self.assertEqual(server.get("/metrics", headers=bearer(second)).status_code, 200)

            self.file.write_text(good)
            ids = {entry["name"]: entry["id"] for entry in json.loads(
                keys("list", "--data-dir", self.folder, "--json").stdout)}
            keys("revoke", "--data-dir", self.folder, ids["first"])
            server.process.send_signal(signal.SIGHUP)
            self.wait(lambda: server.get("/metrics", headers=bearer(first)).status_code == 401)
            self.assertEqual(browser.get(server.url + "/metrics").status_code, 401)
            self.assertEqual(server.get("/metrics", headers=bearer(second)).status_code, 200)

    def test_a_browser_listens_and_plays_by_its_cookie(self):
        key = self.key("predict", "read")
        with self.serve() as server, requests.Session() as browser:
            browser.hooks["response"].append(server.contract.check_response)
            login = browser.post(server.url + "/login", json={"key": key})
            self.assertNotIn(key, login.text + str(login.headers))
            made = browser.post(server.url + "/predict", files={"file": self.sound()},
                                headers={"Sec-Fetch-Site": "same-origin"})
            self.assertEqual(made.status_code, 200)
            foreign = browser.post(server.url + "/predict", files={"file": self.sound()},
                                   headers={"Origin": "http://evil.example"})
            self.assert_problem(foreign, 403, "foreign-page")
            part = browser.get(server.url + f"/predictions/{made.json()['id']}/audio",
                               headers={"Range": "bytes=0-3"})
            self.assertEqual((part.status_code, part.content), (206, b"fLaC"))
            with browser.get(server.url + "/events", stream=True) as events:
                self.assertEqual(events.status_code, 200)
                lines = events.iter_lines()
                self.assertTrue(any(line == b"event: load" for line in lines))
                browser.post(server.url + "/logout")
                for _ in lines:  # ends by itself, or the test does not
                    pass

    def test_the_trail_has_every_access_and_no_secret(self):
        key = self.key("predict", "read", "label")
        with self.serve() as server:
            made = server.predict(self.sound(), name="Jane Doe.flac", headers=bearer(key),
                                  data={"patient_ref": "P-17"}).json()
            batch = server.batch([("Jane Doe", self.sound()), ("no sound", b"x")],
                                 headers=bearer(key)).json()
            path = "/predictions/" + made["id"]
            for what in ("", "/audio", "/waveform", "/spectrogram", "/explanation"):
                answer = server.get(path + what, headers=bearer(key))
                self.assertEqual(answer.status_code, 200)
            server.get("/predictions.csv", headers=bearer(key))
            server.request("PUT", path + "/label", json={"label": "normal"}, headers=bearer(key))
            server.request("DELETE", path, headers=bearer(key))
            server.get("/predictions/Jane%20Doe", headers=bearer(key))
            server.get("/metrics", headers=bearer(key))
            server.stop()
            self.assertNotIn(key, "".join(server.lines))
        trail = self.folder / "audit.jsonl"
        self.assertEqual(mode_of(trail), 0o600)
        lines = [json.loads(line) for line in trail.read_text().splitlines()]
        one = [made["id"]]
        one_of_batch = [batch["results"][0]["id"]]
        self.assertEqual(
            [(line["route"], line["status"], line["predictions"]) for line in lines],
            [("/predict", 200, one), ("/batch-predict", 200, one_of_batch),
             ("/predictions/{id}", 200, one), ("/predictions/{id}/audio", 200, one),
             ("/predictions/{id}/waveform", 200, one),
             ("/predictions/{id}/spectrogram", 200, one),
             ("/predictions/{id}/explanation", 200, one), ("/predictions.csv", 200, []),
             ("/predictions/{id}/label", 200, one), ("/predictions/{id}", 403, one),
             ("/predictions/{id}", 404, [])])
        [entry] = json.loads(keys("list", "--data-dir", self.folder, "--json").stdout)
        self.assertEqual({line["key"] for line in lines}, {entry["id"]})
        self.assertEqual({line["client"] for line in lines}, {"127.0.0.1"})
        for secret in (key, "Jane", "P-17", "hb_"):
            self.assertNotIn(secret, trail.read_text())

    def test_the_trail_can_be_rotated(self):
        with self.serve() as server:
            server.get("/predictions")
            trail = self.folder / "audit.jsonl"
            trail.rename(self.folder / "audit.1")
            server.get("/predictions.csv")
            self.assertEqual(len((self.folder / "audit.1").read_text().splitlines()), 1)
            [line] = trail.read_text().splitlines()
            self.assertIsNone(json.loads(line)["key"])

    def test_a_trail_that_cannot_be_written_gives_nothing_away(self):
        key = self.key("predict", "read")
        with self.serve("--audit", "/dev/full") as server:
            for _ in range(3):
                refused = server.predict(self.sound(), headers=bearer(key))
                self.assert_problem(refused, 507, "storage-failed")
            self.assertEqual(server.get("/health").status_code, 200)
            server.stop()
            log = "".join(server.lines)
            self.assertIn("audit trail", log)
        with self.serve("--audit", "off") as server:
            self.assertEqual(server.get("/predictions", headers=bearer(key)).status_code, 200)

    def test_pages_of_named_origins_may_use_a_key(self):
        key = self.key("read")
        with self.serve("--cors-origin", "https://viewer.example") as server:
            asked = {"Origin": "https://viewer.example", "Access-Control-Request-Method": "GET",
                     "Access-Control-Request-Headers": "authorization"}
            preflight = server.request("OPTIONS", "/predictions", headers=asked)
            self.assertEqual(preflight.status_code, 204)
            allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
            self.assertIn("authorization", allowed)
            answer = server.get("/predictions",
                                headers={"Origin": "https://viewer.example", **bearer(key)})
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"],
                             "https://viewer.example")
            self.assertNotIn("Access-Control-Allow-Credentials", answer.headers)
            other = server.get("/predictions",
                               headers={"Origin": "https://evil.example", **bearer(key)})
            self.assertNotIn("Access-Control-Allow-Origin", other.headers)
            self.assertIn("Origin", other.headers["Vary"])

    def test_a_backup_takes_the_keys_along(self):
        key = self.key("read")
        backup, back = self.folder.parent / "backup", self.folder.parent / "back"
        with self.serve():
            for command in (("backup", "--data-dir", self.folder, backup),
                            ("restore", "--data-dir", back, backup)):
                subprocess.run([harness.PROGRAM, *command], capture_output=True, text=True,
                               timeout=PATIENCE_S, check=True, env=environment())
        self.assertEqual(mode_of(back / "keys.toml"), 0o600)
        self.folder = back
        with self.serve() as server:
            self.assertEqual(server.get("/predictions").status_code, 401)
            self.assertEqual(server.get("/predictions", headers=bearer(key)).status_code, 200)

    def test_without_keys_no_session_is_needed(self):
        with self.serve() as server:
            stream = EventStream(server)
            self.assertTrue(stream.wait(lambda: stream.of_type("load")))
            stream.close()
            self.assertFalse(server.get("/session").json()["login_required"])


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=60)
