#!/usr/bin/env python3
"""`heartbeat serve` behind nginx and HAProxy: what is hidden in a request comes through neither, and
everything else does.

usage: test_proxies.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import re
import socket
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

import harness
from attacks import corpus
from event_stream import EventStream
from harness import PATIENCE_S, Server, ServerTest
from proxies import Proxy
from report import report
from sounds import wav

CLIENTS = 16
PROXIES = ("nginx", "haproxy")
WAIT_S = 1  # of proxy and server for the rest of a request that never comes
SHOWN = {"nginx": "nginx", "haproxy": "HAProxy"}


def send(port, content):
    """The statuses that come for these bytes, and whether the connection was closed in the end."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        closed = True
        try:
            client.sendall(content)
            while piece := client.recv(65536):
                received += piece
        except TimeoutError:
            closed = False
        except ConnectionError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)], closed


def ask(port):
    """Somebody else's request, in whose place a hidden one could be answered."""
    answer = requests.get(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_S)
    return answer.status_code, answer.text


class Front:
    """A server as it is seen through a proxy."""

    def __init__(self, proxy, server):
        self.url = proxy.url
        self.contract = server.contract

    def request(self, method, path, **options):
        return requests.request(method, self.url + path, timeout=PATIENCE_S,
                                hooks={"response": self.contract.check_response}, **options)


class ProxiesTest(ServerTest):
    def attack(self, port):
        """Sends the corpus, each followed by two others' requests. Gives (attack, statuses, closed)
        each."""
        healthy = ask(port)
        self.assertEqual(healthy[0], 200)

        def one(attack):
            outcome = (attack, *send(port, attack.content))
            for _ in range(2):
                self.assertEqual(ask(port), healthy, attack)
            return outcome

        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(one, corpus()))

    def await_log(self, server, count):
        """The ids of the server's log, once there are `count`."""
        end = time.monotonic() + PATIENCE_S
        while len(server.requests_logged()) < count and time.monotonic() < end:
            time.sleep(0.02)
        return [line["request_id"] for line in server.requests_logged()]

    def test_attacks_without_a_proxy(self):
        with Server("--header-timeout", WAIT_S, "--body-timeout", WAIT_S, "--idle-timeout",
                    WAIT_S) as server:
            outcomes = self.attack(server.port)
            answers = sum(len(statuses) for _, statuses, _ in outcomes)
            # And the document, and who asked in between.
            ids = self.await_log(server, answers + 2 * len(outcomes) + 2)
            taken = [one for one in ids if one.startswith("smuggled-")]
            self.assertEqual(taken, [])
            for attack, statuses, closed in outcomes:
                with self.subTest(family=attack.family, name=attack.name):
                    self.assertTrue(closed)
                    final = [status for status in statuses if status != 100]
                    if attack.is_refused:
                        self.assertEqual(final, [400])
                    else:
                        self.assertEqual(len(final), 1, statuses)
                        self.assertLess(final[0], 500)
        families = Counter(attack.family for attack, *_ in outcomes)
        refused = Counter(attack.family for attack, statuses, _ in outcomes if 400 in statuses)
        for family, count in families.items():
            report("smuggling", f"{family}, straight at the server", count,
                   f"{refused[family]} answered 400 and closed, 0 hidden requests taken")

    def test_the_hidden_requests_would_show(self):
        """What these tests look for is there where a request is not hidden."""
        plain = b"GET /uptime HTTP/1.1\r\nHost: a\r\nX-Request-Id: smuggled-0\r\n\r\n"
        with Server("--idle-timeout", WAIT_S) as server:
            self.assertEqual(send(server.port, plain + plain)[0], [200, 200])
            self.assertEqual(self.await_log(server, 3)[1:], ["smuggled-0"] * 2)

    def test_attacks_through_a_proxy(self):
        for name in PROXIES:
            if Proxy.program(name) is None:
                self.skipTest(f"{name} is not installed; script/bootstrap --test installs it")
            with self.subTest(name), Server("--trusted-proxy", "127.0.0.1", "--body-timeout",
                                            WAIT_S) as server:
                with Proxy(name, server.port, WAIT_S) as proxy:
                    self.through(server, proxy)

    def through(self, server, proxy):
        own = len(server.requests_logged())
        outcomes = self.attack(proxy.port)
        end = time.monotonic() + PATIENCE_S
        handed_on, refused = proxy.handed_on()
        while time.monotonic() < end:  # until both logs have said all
            logged = [line["request_id"] for line in server.requests_logged()][own:]
            handed_on, refused = proxy.handed_on()
            if len(logged) >= len(handed_on) >= 2 * len(outcomes):
                break
            time.sleep(0.05)
        time.sleep(0.5)  # what is hidden would come late
        lines = {line["request_id"].lower(): line for line in server.requests_logged()[own:]}
        self.assertEqual(len(lines), len(server.requests_logged()) - own)
        handed_on, refused = proxy.handed_on()
        smuggled = [one for one in lines if one.startswith("smuggled-")]
        self.assertEqual(smuggled, [])
        # What the server cannot read has no id of the proxy's: as many as those that are missing.
        unread = set(lines) - set(handed_on)
        self.assertLessEqual(len(unread), len(set(handed_on) - set(lines)))
        self.assertEqual({lines[one]["status"] for one in unread} - {400}, set())
        for attack, statuses, _ in outcomes:
            with self.subTest(family=attack.family, name=attack.name):
                self.assertNotIn(500, statuses)
        through = len(handed_on) - 2 * len(outcomes) - 1
        report("smuggling", f"the whole corpus, through {SHOWN[proxy.name]}", len(outcomes),
               f"{refused} answered by {SHOWN[proxy.name]} itself, {through} handed on, "
               f"{len(smuggled)} hidden requests came through")
        self.assertGreater(through, 10, "too few to say anything of the server")

    def test_everything_else_comes_through(self):
        for name in PROXIES:
            if Proxy.program(name) is None:
                self.skipTest(f"{name} is not installed; script/bootstrap --test installs it")
            with self.subTest(name), Server("--trusted-proxy", "127.0.0.1") as server:
                with Proxy(name, server.port, 30) as proxy:
                    self.use(server, Front(proxy, server))
                report("smuggling", f"uploads, a batch, ranges and events, through {SHOWN[name]}", 1,
                       "all work; an event comes as it happens; who is trusted for the scheme is "
                       f"{SHOWN[name]} alone")

    def use(self, server, front):
        sound = (harness.DATA / "a0001.flac").read_bytes()
        stream = EventStream(front)
        self.addCleanup(stream.close)
        prediction = front.request("POST", "/predict", files={"file": ("a.flac", sound)}).json()
        # An event comes when it happens, not when a buffer of the proxy's is full.
        self.assertTrue(stream.wait(lambda: stream.ids() == [prediction["id"]]))
        address = f"/predictions/{prediction['id']}/audio"
        self.assertEqual(front.request("GET", address).content, sound)
        part = front.request("GET", address, headers={"Range": "bytes=100-199"})
        self.assertEqual((part.status_code, part.content), (206, sound[100:200]))
        self.assertEqual(part.headers["Content-Range"], f"bytes 100-199/{len(sound)}")
        last = front.request("GET", address, headers={"Range": "bytes=-7"})
        self.assertEqual(last.content, sound[-7:])
        with self.subTest("a large one, in chunks"):
            large = wav(400, rate=4000)
            form = requests.Request("POST", front.url, files={"file": ("l.wav", large)}).prepare()
            pieces = (form.body[i:i + 50_000] for i in range(0, len(form.body), 50_000))
            answer = front.request("POST", "/predict", data=pieces,
                                   headers={"Content-Type": form.headers["Content-Type"]})
            self.assertEqual(answer.status_code, 200, answer.text)
        with self.subTest("a batch"):
            answer = front.request("POST", "/batch-predict",
                                   files=[("files", (str(i), wav(2 + i))) for i in range(20)])
            self.assertEqual(answer.json()["batch_summary"]["successful"], 20)
        with self.subTest("refused before its body"):
            answer = front.request("POST", "/predict", files={"file": ("l", bytes(34 << 20))})
            self.assertEqual(answer.status_code, 413)
        # The proxy says that its clients come over https: the server believes it, and only it.
        seen = [line for line in server.requests_logged() if line["route"] == "/predict"]
        self.assertEqual({line["scheme"] for line in seen}, {"https"})
        direct = requests.get(server.url + "/health", timeout=PATIENCE_S)
        self.assertEqual(direct.status_code, 200)
        end = time.monotonic() + PATIENCE_S
        while server.requests_logged()[-1]["route"] != "/health" and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual(server.requests_logged()[-1]["scheme"], "http")


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=15)
