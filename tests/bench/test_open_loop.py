"""bench/open_loop.cpp counts the time of those who wait, against a server that stalls.

    test_open_loop.py OPEN_LOOP
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = pathlib.Path()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSAL = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"
REQUEST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"


class Server:
    """Answers with `answer`; nobody from `stall_after_s` on for `stall_s`."""

    def __init__(self, answer=ANSWER, stall_after_s=0.0, stall_s=0.0):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.stall = (time.monotonic() + stall_after_s, stall_s)
        self.seen = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        received = b""
        with client:
            while got := client.recv(65536):
                received += got
                if len(received) < len(REQUEST):
                    continue
                received = received[len(REQUEST) :]
                self.seen += 1
                begin, length = self.stall
                now = time.monotonic()
                if begin <= now < begin + length:
                    time.sleep(begin + length - now)
                client.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def run(server, rate, seconds):
    with tempfile.NamedTemporaryFile() as request:
        request.write(REQUEST)
        request.flush()
        command = [PROGRAM, str(server.port), str(rate), str(seconds), request.name]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


class OpenLoop(unittest.TestCase):
    def test_those_who_wait_are_counted(self):
        # From 0.5 s on nothing is answered for 1 s, of 3 s: a third of the requests wait for up to a
        # second. A closed loop would have sent nothing meanwhile, and found a median of no time.
        with Server(stall_after_s=0.5, stall_s=1.0) as server:
            figures = run(server, 100, 3)
        self.assertEqual(figures["answered"], figures["sent"])
        self.assertGreater(figures["sent"], 200)
        self.assertLess(figures["sent"], 400)
        self.assertGreater(figures["max_ms"], 800)
        self.assertGreater(figures["p99_ms"], 700)
        self.assertGreater(figures["connections"], 50)

    def test_requests_are_sent_as_asked_for(self):
        with Server() as server:
            figures = run(server, 200, 2)
        self.assertEqual(server.seen, figures["sent"])
        self.assertAlmostEqual(figures["sent"], 400, delta=100)  # Poisson: five deviations
        self.assertLessEqual(figures["p50_ms"], figures["p99_ms"])

    def test_refusals_are_no_answers(self):
        with Server(answer=REFUSAL) as server:
            figures = run(server, 50, 1)
        self.assertGreater(figures["sent"], 20)
        self.assertEqual(figures["refused"], figures["sent"])
        self.assertEqual((figures["answered"], figures["unanswered"]), (0, 0))

    def test_wrong_usage(self):
        done = subprocess.run([PROGRAM, "80"], stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"usage", done.stderr)


if __name__ == "__main__":
    PROGRAM = pathlib.Path(sys.argv.pop(1))
    unittest.main()
