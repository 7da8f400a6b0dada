"""Load on a server: wrk for as fast as it answers, open_loop for a given rate."""

import json
import math
import os
import subprocess
import tempfile
import urllib.request

from suite import settings

BOUNDARY = "heartbeat-bench-boundary"


def form(files, key="file"):
    """(content type, body) of a form; `files`: (name, content) each."""
    pieces = []
    for name, content in files:
        pieces.append(
            (
                f"--{BOUNDARY}\r\n"
                f'Content-Disposition: form-data; name="{key}"; filename="{name}"\r\n'
                "Content-Type: audio/wav\r\n\r\n"
            ).encode()
        )
        pieces += [content, b"\r\n"]
    pieces.append(f"--{BOUNDARY}--\r\n".encode())
    return f"multipart/form-data; boundary={BOUNDARY}", b"".join(pieces)


def post(url, files, key="file", timeout_s=600):
    """The answer to a form, as JSON; urllib.error.HTTPError where it is refused."""
    content_type, body = form(files, key)
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        return json.load(answer)


def enough_seconds(seconds, clients, requests_per_s):
    """`seconds`, or longer where a server is so slow that each client would not have had its turn three
    times: wrk knows nothing of requests that are under way when it ends, and they are the slowest."""
    return max(seconds, math.ceil(3 * clients / requests_per_s))


def closed_loop(server, sound, clients, seconds):
    """wrk: so many clients, each of which sends its next request when it has its answer."""
    command = [
        "wrk", "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s",
        "--timeout", "60s", "--script", str(settings.ROOT / "bench/predict.lua"), server.url +
        "/predict",
    ]
    server.forget_peak()
    cpu_s = server.cpu_s()
    answer = subprocess.run(
        command, env=dict(os.environ, HEARTBEAT_BENCH_SOUND=str(sound)), stdout=subprocess.PIPE,
        text=True, check=True,
    )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("{"))
    figures = json.loads(line)
    if figures["requests"] == 0 or figures["refused"] or figures["failed"]:
        raise RuntimeError(f"not every request was answered: {line}; the log is {server.log}")
    figures["requests_per_s"] = figures["requests"] / figures["seconds"]
    figures["cpu_ms"] = (server.cpu_s() - cpu_s) * 1e3 / figures["requests"]
    figures["peak_rss_mib"] = server.peak_rss_mib()
    return figures


def open_loop(chosen, server, sound, requests_per_s, seconds):
    """bench/open_loop.cpp: requests at times that do not depend on the answers."""
    content_type, body = form([("sound.wav", sound.read_bytes())])
    head = (
        f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with tempfile.NamedTemporaryFile(dir=settings.RESULTS) as request:
        request.write(head.encode() + body)
        request.flush()
        command = [
            chosen.bench_program("open_loop"), server.port, requests_per_s, seconds, request.name
        ]
        answer = subprocess.run(
            list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True
        )
    figures = json.loads(answer.stdout)
    figures["requests_per_s"] = requests_per_s
    figures["seconds"] = seconds
    return figures
