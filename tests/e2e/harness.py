"""What the end-to-end tests of the server share: the real program, and its contract.

Every answer that comes through a Server is held to the server's own /openapi.json (contract.py).
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import requests

from contract import Contract

PATIENCE_S = 120  # for a machine under load; only a failing test waits for it

# Set by main().
PROGRAM = Path()
DATA = Path()
MODEL = Path()
SOURCE = Path(__file__).resolve().parents[2]

contracts = []  # of all servers so far


class Answer:
    """An answer from a raw socket."""

    def __init__(self, status, headers, body):
        self.status_code = status
        self.headers = headers
        self.content = body

    def json(self):
        return json.loads(self.content)

    @property
    def text(self):
        return self.content.decode(errors="replace")


def read_answer(client, method):
    """The next answer on a socket. Raises http.client.HTTPException where there is none."""
    response = http.client.HTTPResponse(client, method=method)
    response.begin()
    return Answer(response.status, response.headers, response.read())


def environment(**added):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HEARTBEAT_")}
    return kept | added


def make_key(folder, *options):
    """A new key of the data folder, as `heartbeat keys add` shows it."""
    made = subprocess.run([PROGRAM, "keys", "add", "--data-dir", folder, *options],
                          capture_output=True, text=True, timeout=PATIENCE_S, check=True,
                          env=environment())
    return made.stdout.strip()


class Server:
    """`heartbeat serve` on a free port, until the block ends; with a data folder of its own where
    `options` name none, and `added` to its environment. `model`: "" for that of the history."""

    def __init__(self, *options, model=None, cwd=None, **added):
        self._folder = tempfile.TemporaryDirectory(prefix="heartbeat-")
        if "--data-dir" not in options:
            options = ("--data-dir", self._folder.name, *options)
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0",
             *([] if model == "" else ["--model", model or MODEL]), *map(str, options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment(**added),
            cwd=cwd,
        )
        self.lines = []
        self.url = None
        self.port = None
        self.base_path = ""
        for option, value in zip(options, options[1:]):
            if option == "--base-path":
                self.base_path = value
        self.contract = None
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found and self.url is None:
                self.url = found.group(0) + self.base_path
                self.port = int(found.group(1))
                self._listening.set()
        self._listening.set()

    def __enter__(self):
        self._listening.wait(PATIENCE_S)
        if self.url is None:
            self.process.kill()
            self._reader.join()
            raise AssertionError("the server did not start: " + "".join(self.lines))
        document = requests.get(self.url + "/openapi.json", timeout=PATIENCE_S)
        self.contract = Contract(document.json())
        self.contract.check_response(document)
        contracts.append(self.contract)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join()
            self.process.stderr.close()
            self._folder.cleanup()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        return code

    def request(self, method, path, **options):
        return requests.request(method, self.url + path, timeout=PATIENCE_S,
                                hooks={"response": self.contract.check_response}, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def predict(self, content, name="sound", key="file", **options):
        return self.request("POST", "/predict", files={key: (name, content)}, **options)

    def batch(self, files, key="files", **options):
        """`files`: (name, content) each."""
        return self.request("POST", "/batch-predict", files=[(key, file) for file in files],
                            **options)

    def newest(self):
        """The id of the latest prediction."""
        return self.get("/predictions", params={"limit": 1}).json()["predictions"][0]["id"]

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def ask_raw(self, request):
        """Sends bytes on a connection of their own; gives the answer, held to the contract."""
        with self.connect() as client:
            client.sendall(request)
            return self.read_checked(client, request)

    def read_checked(self, client, request):
        method, target = request.decode("latin-1").split("\r\n", 1)[0].split(" ")[:2]
        answer = read_answer(client, method)
        self.contract.check(method, target, answer.status_code, answer.headers, answer.content)
        return answer

    def requests_logged(self):
        return [json.loads(line) for line in self.lines if line.startswith("{")]


_documents = []  # of the program, once it was asked


def contract_below(base_path):
    """A contract for a server that is not to be asked for its document, such as one whose requests
    are counted: another of the same program is."""
    if not _documents:
        with Server() as server:
            _documents.append(server.contract.document)
    document = dict(_documents[0], servers=[{"url": base_path or "/"}])
    contracts.append(Contract(document))
    return contracts[-1]


class ServerTest(unittest.TestCase):
    def assert_problem(self, answer, status, name):
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["type"], "/problems/" + name)
        self.assertEqual(problem["status"], status)
        self.assertGreater(len(problem["title"]), 5)
        self.assertGreater(len(problem["detail"]), 10)
        return problem


def main(doc, minimum_checks):
    """Runs the tests of the calling module; fails also where fewer answers than `minimum_checks` were
    held to the contract."""
    global PROGRAM, DATA, MODEL
    if len(sys.argv) < 4:
        sys.exit(doc)
    PROGRAM, DATA, MODEL = (Path(argument).resolve() for argument in sys.argv[1:4])
    chosen = sys.argv[4:]
    ran = unittest.main(module="__main__", argv=[sys.argv[0], *chosen], verbosity=2, exit=False)
    checks = sum(contract.checks for contract in contracts)
    print(f"{checks} answers were held to /openapi.json")
    if not ran.result.wasSuccessful():
        sys.exit(1)
    if not chosen and checks < minimum_checks:
        sys.exit(f"these are fewer than the {minimum_checks} that this test is to check")
