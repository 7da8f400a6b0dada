"""A server under a steady load of real recordings; script/soak builds it and calls this.

    python3 soak.py PROGRAM MODEL RECORDINGS [--hours 1] [--load 0.7] [--sample-s 5]
                    [--growth-mib 8] [--out DIR] [-- options of heartbeat serve]

First a warm-up that also finds how many requests a second it can answer (closed loop), then that
share of them (open loop: each request is due at its time, whether or not others were answered, and
its latency counts from then). Writes soak.csv, soak.svg, verdict.txt and server.log into DIR.
"""

import argparse
import http.client
import json
import pathlib
import queue
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import verdict

CLIENTS = 32
WARM_UP_S = 20
PATIENCE_S = 60


class Load:
    """Posts recordings in turn, and keeps what came of it since it was last asked."""

    def __init__(self, port, recordings):
        self.port = port
        self.bodies = []
        for path in recordings:
            boundary = uuid.uuid4().hex
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
                f'filename="{path.name}"\r\n\r\n'
            )
            body = head.encode() + path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
            self.bodies.append((f"multipart/form-data; boundary={boundary}", body))
        self.lock = threading.Lock()
        self.first_answers = {}  # of each recording; the same bytes give the same numbers
        self.latencies_ms = []
        self.failures = 0
        self.changed = 0

    def post(self, connection, number, due):
        index = number % len(self.bodies)
        content_type, body = self.bodies[index]
        status, probability = 0, None
        try:
            connection.request("POST", "/predict", body, {"Content-Type": content_type})
            answer = connection.getresponse()
            content = answer.read()
            status = answer.status
            if status == 200:
                probability = json.loads(content)["probability_abnormal"]
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            connection.close()
        with self.lock:
            self.latencies_ms.append((time.monotonic() - due) * 1000)
            self.failures += status != 200
            if status == 200:
                first = self.first_answers.setdefault(index, probability)
                self.changed += abs(first - probability) > 1e-4

    def take(self):
        """(latencies in ms, sorted; failures) since the last time."""
        with self.lock:
            taken = sorted(self.latencies_ms), self.failures
            self.latencies_ms, self.failures = [], 0
        return taken

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def as_fast_as_it_goes(self, seconds, clients):
        """Requests a second that `clients` get answered, each after the other."""
        end = time.monotonic() + seconds
        counts = [0] * clients

        def ask(me):
            connection = self.connection()
            while time.monotonic() < end:
                self.post(connection, me + counts[me] * clients, time.monotonic())
                counts[me] += 1
            connection.close()

        threads = [threading.Thread(target=ask, args=(me,)) for me in range(clients)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.monotonic() - began)

    def steadily(self, rate, seconds, stop):
        """`rate` requests a second for `seconds`, or until `stop` is set."""
        waiting = queue.Queue()

        def ask():
            connection = self.connection()
            while (item := waiting.get()) is not None:
                self.post(connection, *item)
            connection.close()

        threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        number = 0
        while not stop.is_set() and (due := began + number / rate) < began + seconds:
            stop.wait(max(0.0, due - time.monotonic()))
            waiting.put((number, due))
            number += 1
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()


def state_of(process):
    """Of a process, as Linux tells it."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    value = lambda name: int(re.search(rf"^{name}:\s+(\d+)", status, re.MULTILINE)[1])
    return {
        "rss_kib": value("VmRSS"),
        "anonymous_kib": value("RssAnon"),
        "threads": value("Threads"),
        "descriptors": len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir())),
    }


def sample_of(process, load, seconds):
    latencies, failures = load.take()
    at = lambda share: latencies[min(len(latencies) - 1, int(share * len(latencies)))]
    return {
        "seconds": seconds,
        **state_of(process),
        "requests": len(latencies),
        "failures": failures,
        "median_ms": statistics.median(latencies) if latencies else 0,
        "p99_ms": at(0.99) if latencies else 0,
        "max_ms": latencies[-1] if latencies else 0,
    }


def start(options, data_dir, log):
    process = subprocess.Popen(
        [
            options.program,
            "serve",
            *("--port", "0", "--model", str(options.model), "--data-dir", data_dir),
            *options.serve_options,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    listening = threading.Event()
    found = {}

    def read():
        for line in process.stderr:
            log.write(line)
            match = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if match and not found:
                found["port"] = int(match[1])
                listening.set()
        listening.set()

    threading.Thread(target=read, daemon=True).start()
    listening.wait(PATIENCE_S)
    if not found:
        process.kill()
        sys.exit("soak: the server did not start; its log says why.")
    return process, found["port"]


def settled(process):
    """Its state once the connections that were closed are gone: two seconds without a change."""
    state, unchanged = state_of(process), 0
    for _ in range(60):
        time.sleep(0.5)
        now = state_of(process)
        same = all(now[name] == state[name] for name in ("descriptors", "threads"))
        unchanged = unchanged + 1 if same else 0
        state = now
        if unchanged == 4:
            break
    return state


def soak(options, process, load, stop):
    """(requests a second, samples, state before, state after, whether the server died)."""
    saturation = load.as_fast_as_it_goes(options.warm_up_s, 8)
    load.take()
    baseline = settled(process)
    rate = saturation * options.load
    seconds = options.hours * 3600
    print(
        f"soak: {saturation:.1f} requests/s at saturation; {rate:.1f} for {seconds:.0f} s",
        flush=True,
    )
    driver = threading.Thread(target=load.steadily, args=(rate, seconds, stop))
    driver.start()
    began = time.monotonic()
    samples = []
    died = False
    while driver.is_alive() and not died:
        driver.join(max(0.0, began + (len(samples) + 1) * options.sample_s - time.monotonic()))
        died = process.poll() is not None
        if not died:
            samples.append(sample_of(process, load, time.monotonic() - began))
    stop.set()
    driver.join()
    drained = settled(process) if not died else baseline
    return rate, samples, baseline, drained, died


def main():
    arguments = sys.argv[1:]
    serve_options = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, serve_options = arguments[:at], arguments[at + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("recordings", type=pathlib.Path)
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--load", type=float, default=0.7)
    parser.add_argument("--sample-s", type=float, default=5)
    parser.add_argument("--warm-up-s", type=float, default=WARM_UP_S)
    parser.add_argument("--growth-mib", type=float, default=8)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/soak"))
    options = parser.parse_args(arguments)
    options.serve_options = serve_options
    if not (options.hours > 0 and 0 < options.load <= 1 and options.sample_s > 0):
        parser.error("--hours and --sample-s are over 0, --load is over 0 and at most 1")
    recordings = sorted(
        path
        for path in options.recordings.rglob("*")
        if path.suffix in (".wav", ".flac", ".ogg", ".mp3")
    )
    if not recordings:
        sys.exit(f"soak: there are no recordings in {options.recordings}.")

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="heartbeat-soak-", dir=options.out) as data_dir, open(
        options.out / "server.log", "w", encoding="utf-8"
    ) as log:
        process, port = start(options, data_dir, log)
        try:
            load = Load(port, recordings)
            rate, samples, baseline, drained, died = soak(options, process, load, stop)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)

    wrong = verdict.judge(samples, baseline, drained, options.growth_mib)
    if died:
        wrong.insert(0, f"the server ended by itself, with status {process.returncode}.")
    if load.changed:
        wrong.append(f"{load.changed} answers were not those that the same bytes had before.")
    half = samples[len(samples) // 2 :]
    answered = sum(sample["requests"] for sample in samples)
    lines = [
        f"{answered} requests in {samples[-1]['seconds'] if samples else 0:.0f} s, "
        f"{rate:.1f} a second due, {len(recordings)} recordings",
        f"memory over the last half: {verdict.growth_over(half, 'anonymous_kib') / 1024:+.2f} MiB "
        f"(resident: {verdict.growth_over(half, 'rss_kib') / 1024:+.2f}); "
        f"{max((s['rss_kib'] for s in samples), default=0) / 1024:.0f} MiB resident at most",
        f"descriptors and threads: {baseline['descriptors']} and {baseline['threads']} before, "
        f"{drained['descriptors']} and {drained['threads']} after",
        *(f"WRONG: {sentence}" for sentence in wrong),
        "verdict: " + ("not flat" if wrong else "flat"),
    ]
    (options.out / "soak.csv").write_text(verdict.as_csv(samples))
    title = f"{rate:.1f} requests/s, {options.load:.0%} of saturation"
    (options.out / "soak.svg").write_text(verdict.as_svg(samples, title))
    (options.out / "verdict.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
