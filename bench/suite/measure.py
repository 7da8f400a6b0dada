"""Clocks, medians and what else the machine does."""

import json
import os
import statistics
import subprocess
import time


def median(values):
    return statistics.median(values)


def spread(values):
    """What a repeated measurement says: its median, and how far it went."""
    return {"median": median(values), "least": min(values), "most": max(values), "n": len(values)}


def run_process(command, **options):
    """Runs a command to its end: {"wall_s", "cpu_s", "peak_rss_mib"} by the system's own account of
    it. Raises RuntimeError with its last words where it fails."""
    began = time.monotonic()
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options
    ) as process:
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - began
    if process.returncode != 0:
        text = complaint.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {text}")
    return {
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_rss_mib": usage.ru_maxrss / 1024,
    }


class LineServer:
    """A program that answers each line of its input with a line of JSON."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[0]} ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def _machine_busy_s():
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _own_busy_s():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Meanwhile:
    """How many cores others kept busy since it was made. Ask after all own processes were waited
    for."""

    def __init__(self):
        self.began = time.monotonic()
        self.machine_s, self.own_s = _machine_busy_s(), _own_busy_s()

    def figures(self):
        took_s = time.monotonic() - self.began
        own_s = _own_busy_s() - self.own_s
        others_s = max(0.0, _machine_busy_s() - self.machine_s - own_s)
        return {"took_s": took_s, "own_cores": own_s / took_s, "others_cores": others_s / took_s}
