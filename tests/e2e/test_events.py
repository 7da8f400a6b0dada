#!/usr/bin/env python3
"""GET /events of `heartbeat serve`: while it predicts, over a restart, with hundreds who listen.

usage: test_events.py BIN DATA_DIR MODEL
  BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.
"""

import os
import tempfile
import threading
import time

import requests

import harness
from event_stream import EventStream
from harness import Server, ServerTest
from sounds import wav

LISTENERS = 200


class EventsTest(ServerTest):
    def listen(self, server, last_id=None):
        stream = EventStream(server, last_id)
        self.addCleanup(stream.close)
        self.assertEqual(stream.answer.status_code, 200)
        return stream

    def predict_from_threads(self, server, count, threads=3):
        """The ids of `count` predictions for each thread, and of a batch."""
        made = []

        def work():
            for _ in range(count):
                made.append(server.predict(wav(1)).json()["id"])

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        batch = server.batch([("a", wav(2)), ("no sound", b"x" * 99), ("b", wav(3))]).json()
        for worker in workers:
            worker.join()
        return made + [result["id"] for result in batch["results"] if "id" in result]

    def test_every_prediction_is_told_once_when_it_is_kept(self):
        with Server() as server:
            stream = self.listen(server)
            self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
            self.assertEqual(stream.answer.headers["X-Accel-Buffering"], "no")
            made = self.predict_from_threads(server, 10)
            self.assertEqual(len(made), 32)
            self.assertTrue(stream.wait(lambda: len(stream.ids()) >= len(made)))
            self.assertEqual(sorted(stream.ids()), sorted(made))
            listed = {entry["id"]: entry for entry in
                      server.get("/predictions", params={"limit": 100}).json()["predictions"]}
            for entry in stream.of_type("prediction"):
                self.assertEqual(entry, listed[entry["id"]])

    def test_labels_and_deletions_are_told(self):
        with Server() as server:
            stream = self.listen(server)
            one = server.predict(wav(1), data={"patient_ref": "P-1"}).json()["id"]
            server.request("PUT", f"/predictions/{one}/label",
                           json={"label": "unsure", "by": "Dr. A"})
            server.request("DELETE", f"/predictions/{one}")
            self.assertTrue(stream.wait(lambda: stream.of_type("deletion")))
            told = [event for event in stream.events if event[0] != "load"]
            self.assertEqual([kind for kind, _, _ in told], ["prediction", "label", "deletion"])
            self.assertEqual(told[0][2]["patient_ref"], "P-1")
            self.assertEqual(told[1][2], {"prediction_id": one, "label": "unsure"})
            self.assertEqual(told[2][2], {"prediction_id": one})

    def test_the_load_is_told_every_second(self):
        with Server("--threads", "1") as server:
            stream = self.listen(server)
            server.predict(wav(2))
            begun = time.monotonic()
            self.assertTrue(stream.wait(lambda: len(stream.of_type("load")) >= 4))
            self.assertGreater(time.monotonic() - begun, 1.5)
            first, *_, last = stream.of_type("load")
            self.assertEqual(first["model"]["name"], "heartbeat")
            self.assertEqual(last["predictions_served"], 1)
            self.assertEqual(sum(last["verdicts"].values()), 1)
            self.assertGreater(last["latency_ms"]["p50"], 0)
            self.assertEqual(last["queue"]["threads"], 1)
            self.assertEqual(last["requests_in_flight"], 0)
            self.assertGreater(last["requests_total"], first["requests_total"] - 1)
            self.assertGreater(last["uptime_seconds"], first["uptime_seconds"])

    def test_a_restart_loses_nothing_for_who_comes_back(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server("--data-dir", folder) as server:
                stream = self.listen(server)
                made = self.predict_from_threads(server, 3)
                self.assertTrue(stream.wait(lambda: stream.ids()))
                begun = time.monotonic()
                self.assertEqual(server.stop(), 0)
                # Nobody waits for those who listen.
                self.assertLess(time.monotonic() - begun, 20)
                self.assertTrue(stream.wait_for_the_end())
                seen = stream.ids()
            with Server("--data-dir", folder) as server:
                made += self.predict_from_threads(server, 3)
                again = self.listen(server, seen[-1])
                self.assertTrue(again.wait(lambda: set(made) <= set(seen + again.ids())))
                made.append(server.predict(wav(1)).json()["id"])
                self.assertTrue(again.wait(lambda: again.ids()[-1] == made[-1]))
                self.assertEqual(set(seen + again.ids()), set(made))
                self.assertEqual(len(again.ids()), len(set(again.ids())))
                # On one server, exactly what was missed, in the order in which it came.
                third = self.listen(server, again.ids()[1])
                self.assertTrue(third.wait(lambda: third.ids() == again.ids()[2:]))

    def test_without_a_history_they_come_and_are_not_kept(self):
        with Server("--no-store") as server:
            stream = self.listen(server)
            first = server.predict(wav(1)).json()
            second = server.predict(wav(1)).json()
            self.assertTrue(stream.wait(lambda: stream.ids() == [first["id"], second["id"]]))
            later = self.listen(server, first["id"])
            third = server.predict(wav(1)).json()
            self.assertTrue(later.wait(lambda: later.ids()))
            self.assertEqual(later.ids(), [third["id"]])

    def test_hundreds_listen_and_nobody_waits(self):
        with Server("--threads", "1", "--io-threads", "1") as server:
            before = self.seconds_of_processor(server)
            streams = [self.listen(server) for _ in range(LISTENERS)]
            self.assertTrue(all(stream.wait(lambda s=stream: s.events) for stream in streams))
            idle = self.seconds_of_processor(server)
            time.sleep(5)
            idle = self.seconds_of_processor(server) - idle
            # 200 loads a second; in fact about a hundredth of a processor.
            self.assertLess(idle, 1.5, f"{before} s before")
            made = server.predict(wav(2)).json()["id"]
            for stream in streams:
                self.assertTrue(stream.wait(lambda s=stream: s.ids() == [made]))
            begun = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - begun, 20)
            for stream in streams:
                self.assertTrue(stream.wait_for_the_end())
            print(f"{LISTENERS} who listen take {idle / 5:.3f} of a processor")

    def seconds_of_processor(self, server):
        with open(f"/proc/{server.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_connections_are_left_to_others(self):
        with Server("--max-connections", "8") as server:
            for _ in range(7):
                self.listen(server)
            refused = requests.get(server.url + "/events", timeout=harness.PATIENCE_S,
                                   hooks={"response": server.contract.check_response})
            self.assert_problem(refused, 503, "overloaded")
            self.assertEqual(server.predict(wav(1)).status_code, 200)


if __name__ == "__main__":
    harness.main(__doc__, minimum_checks=30)
