#!/usr/bin/env python3
"""`heartbeat serve` short of memory and descriptors, and clients that vanish: it answers what it can,
says what it cannot, and is whole again afterwards.

usage: test_faults_limits.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import io
import os
import resource
import socket
import struct
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import requests
import soundfile

import harness
from faults import (MemoryGroup, descriptors, is_sanitized, limited, need_no_sanitizer, small_disk,
                    status_kib)
from harness import PATIENCE_S, Server, ServerTest, read_answer
from report import report
from sounds import flac_steps, wav

SECTION = "limits"
# What script/nightly multiplies.
ROUNDS = int(os.environ.get("HEARTBEAT_CRASH_ROUNDS", "20"))
VANISHING = 50 * ROUNDS
LIMIT_BYTES = 256 << 20


def upload(content, sent, name=b"file"):
    """The bytes of a POST /predict whose body ends after `sent` of its bytes."""
    head = b"--b\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a\"\r\n\r\n" % name
    body = head + content + b"\r\n--b--\r\n"
    return (b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)) + body[:sent]


def ogg(minutes, rate=8000):
    """An Ogg Vorbis file of that length: tens of minutes in tens of kilobytes."""
    target = io.BytesIO()
    with soundfile.SoundFile(target, "w", rate, 1, format="OGG", subtype="VORBIS") as file:
        minute = numpy.zeros(60 * rate, dtype="float32")
        minute[::rate] = 0.5
        for _ in range(minutes):
            file.write(minute)
    return target.getvalue()


def flac_bomb(minutes, rate):
    """Steps, of which hours are a few hundred kilobytes."""
    block = rate // 4
    return flac_steps([(-1) ** i * 9000 for i in range(minutes * 240)], rate=rate, block=block)


class LimitFaults(ServerTest):
    def assert_well(self, server, sound, right):
        """It answers as it did before anything happened."""
        answer = server.predict(sound)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(answer.json()["probability_abnormal"], right)
        self.assertEqual(server.get("/health").json(), {"status": "ok", "model_loaded": True})

    def start(self, server):
        sound = (harness.DATA / "a0001.flac").read_bytes()
        return sound, server.predict(sound).json()["probability_abnormal"]

    def await_few_descriptors(self, server, most):
        end = time.monotonic() + PATIENCE_S
        while descriptors(server.process.pid) > most and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLessEqual(descriptors(server.process.pid), most)

    def test_clients_that_vanish_while_they_upload(self):
        with tempfile.TemporaryDirectory() as spool, Server("--spool-folder", spool) as server:
            sound, right = self.start(server)
            small, large = wav(20), wav(400, rate=4000)

            def vanish(number):
                content = large if number % 10 == 0 else small
                try:
                    with server.connect() as client:
                        client.sendall(upload(content, len(content) // 2))
                        if number % 2:  # else it says goodbye
                            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                              struct.pack("ii", 1, 0))
                except ConnectionError:
                    return 0  # told that there are too many already
                return 1

            def wave(count):
                with ThreadPoolExecutor(64) as pool:
                    return sum(pool.map(vanish, range(count)))

            before = descriptors(server.process.pid)
            wave(64)  # what is taken once and kept, such as buffers, is taken now
            self.await_few_descriptors(server, before + 2)
            rss_kib = status_kib(server.process.pid, "VmRSS")
            gone = wave(VANISHING)
            self.assertGreater(gone, VANISHING * 0.9)
            self.await_few_descriptors(server, before + 2)
            grown_kib = status_kib(server.process.pid, "VmRSS") - rss_kib
            if not is_sanitized():  # which keeps what was freed
                self.assertLess(grown_kib, 32 << 10)
            self.assertEqual(os.listdir(spool), [])
            page = server.get("/predictions").json()["predictions"]
            self.assertEqual(len(page), 1, "nothing of what was cut off is kept")
            self.assert_well(server, sound, right)
            self.assertEqual(server.stop(), 0)
        report(SECTION, "Clients that vanish in the middle of an upload", gone,
               f"memory grew by {max(0, grown_kib) >> 10} MiB, no descriptor and no file left")

    def test_out_of_descriptors(self):
        with Server("--max-connections", "1000") as server:
            sound, right = self.start(server)
            pid = server.process.pid
            large = wav(400, rate=4000)
            waiting = [server.connect() for _ in range(4)]
            for client in waiting:  # accepted, and known to work
                client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertEqual(read_answer(client, "GET").status_code, 200)
            before = descriptors(pid)
            statuses = Counter()
            with limited(pid, resource.RLIMIT_NOFILE, before + 20):
                crowd = [server.connect() for _ in range(100)]
                self.await_words(server, "cannot accept")
                self.assertGreaterEqual(descriptors(pid), before + 20)
                for client, content in zip(waiting, (sound, large, wav(7), wav(8))):
                    client.sendall(upload(content, None))
                    answer = read_answer(client, "POST")
                    server.contract.check("POST", "/predict", answer.status_code, answer.headers,
                                          answer.content)
                    statuses[answer.status_code] += 1
                    self.assertIn(answer.status_code, (200, 500, 507), answer.text)
                self.assertGreater(statuses[507] + statuses[500], 0)
                self.await_words(server, "ulimit -n")
                self.await_words(server, "Too many files are open")
                time.sleep(1)
                said = sum("cannot accept" in line for line in server.lines)
                self.assertLess(said, 5, "the log must not fill the disk as well")
                for client in crowd + waiting:
                    client.close()
                self.await_few_descriptors(server, before)
            self.assert_well(server, sound, right)
            kept = server.get("/predictions", params={"limit": 200}).json()["predictions"]
            self.assertEqual(len(kept), 2 + statuses[200], "what was answered, and only that")
            self.assertEqual(server.stop(), 0)
        report(SECTION, "No descriptors left, with 100 clients too many", 1,
               "uploads that were on their way: " +
               ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())) +
               f"; the log says to raise `ulimit -n` ({said} lines); well again once they went")

    def await_words(self, server, words):
        """Until they stand in the log, which comes through a pipe."""
        end = time.monotonic() + PATIENCE_S
        while not any(words in line for line in server.lines) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertTrue(any(words in line for line in server.lines), words)

    def test_a_worker_without_memory(self):
        need_no_sanitizer()
        bomb = flac_bomb(29, rate=4000)  # a few kilobytes, 29 minutes of samples
        with Server("--no-store") as server:
            whole = server.predict(bomb)
        with Server("--threads", "2") as server:
            sound, right = self.start(server)
            pid = server.process.pid
            statuses = Counter()
            # What the allocator keeps of shorter ones is too small for a recording of that length.
            with limited(pid, resource.RLIMIT_AS, (status_kib(pid, "VmSize") + 1024) << 10):
                for _ in range(max(3, ROUNDS // 5)):
                    answer = server.predict(bomb)
                    statuses[answer.status_code] += 1
                    if answer.status_code == 200:
                        continue
                    problem = self.assert_problem(answer, 500, "internal")
                    self.assertIn(answer.headers["X-Request-Id"], problem["detail"])
                    self.await_words(server, answer.headers["X-Request-Id"])
                self.assertEqual(server.get("/health").status_code, 200)
            self.assertGreater(statuses[500], 0, "memory was never short")
            self.await_words(server, "bad_alloc")
            again = server.predict(bomb)
            self.assertEqual(again.status_code, whole.status_code)
            self.assertEqual(again.json().get("probability_abnormal"),
                             whole.json().get("probability_abnormal"))
            self.assert_well(server, sound, right)
            self.assertEqual(server.stop(), 0)
        report(SECTION, "A worker that throws, for want of memory", sum(statuses.values()),
               f"{statuses[500]} answered 500 with an id that stands in the log, "
               f"{statuses[200]} answered 200; well again with memory")

    def test_within_256_mib(self):
        need_no_sanitizer()
        sounds = {
            "a WAV file of 30 minutes at 8 kHz": wav(1800, rate=8000),
            "an Ogg Vorbis file of 29 minutes": ogg(29),
            "an Ogg Vorbis file of 2 hours": ogg(120),
            "a FLAC file of 29 minutes at 44.1 kHz": flac_bomb(29, rate=44_100),
            "a FLAC file of 10 hours at 44.1 kHz": flac_bomb(600, rate=44_100),
        }
        expected = {}
        with Server("--no-store") as server:
            for what, content in sounds.items():
                answer = server.predict(content)
                expected[what] = (answer.status_code, answer.json().get("probability_abnormal"))
        self.assertEqual(expected["an Ogg Vorbis file of 2 hours"][0], 422)
        self.assertEqual(expected["a FLAC file of 10 hours at 44.1 kHz"][0], 422)
        # On the disk and not in memory, which is short.
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, \
                MemoryGroup(LIMIT_BYTES) as group:
            with Server("--spool-folder", folder, "--data-dir", Path(folder) / "data",
                        "--answer-timeout", PATIENCE_S) as server:
                group.leave()
                if os.cpu_count() > 1:
                    self.await_words(server, "computes in 1 thread and not one per core")
                sound, right = self.start(server)
                statuses = Counter()
                lock = threading.Lock()

                def send(what):
                    answer = server.predict(sounds[what])
                    with lock:
                        statuses[answer.status_code] += 1
                    if answer.status_code not in (429, 503):
                        self.assertEqual(
                            (answer.status_code, answer.json().get("probability_abnormal")),
                            expected[what])

                with ThreadPoolExecutor(8) as pool:
                    list(pool.map(send, list(sounds) * max(2, ROUNDS // 10)))
                batch = server.batch([(str(number), sounds[what])
                                      for number, what in enumerate(sounds)])
                self.assertEqual(batch.status_code, 200, batch.text)
                self.assertIsNone(server.process.poll())
                self.assert_well(server, sound, right)
                peak_mib = group.peak_bytes() >> 20
                own_mib = status_kib(server.process.pid, "VmHWM") >> 10
                self.assertEqual(server.stop(), 0)
        report(SECTION, "A limit of 256 MiB, 8 clients with the longest recordings and decompression "
               "bombs", sum(statuses.values()),
               ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())) +
               f"; the same verdicts as without a limit; peak {own_mib} MiB of the process, "
               f"{peak_mib} MiB with the files that the kernel keeps for it")

    def test_a_log_that_cannot_be_written(self):
        with small_disk(1) as disk, Server("--request-log", disk / "log") as server:
            (disk / "ballast").write_bytes(bytes((1 << 20) - 8192))
            sound, right = self.start(server)
            for _ in range(100):
                self.assertEqual(server.get("/health").status_code, 200)
            self.assertLess((disk / "log").stat().st_size, 100 * 100)
            (disk / "ballast").unlink()
            self.assert_well(server, sound, right)
            self.assertEqual(server.stop(), 0)
            self.assertIn('"route":"/predict"', (disk / "log").read_text().splitlines()[-2])
        report(SECTION, "A full disk under the log of requests", 100,
               "requests answered 200; the log goes on once there is space")


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=100)
