"""The whole of /predict: the stand-in for the original, ours without and with the history."""

import contextlib

from suite import http_load, servers, sounds
from suite.measure import median, spread

CLIENTS = (1, 4, 16, 32, 64)
SHARES = (50, 70, 90)  # percent of the rate at which a system saturates
SYSTEMS = ("peer", "no_store", "durable")
SOUND_S = 5
# A system saturates at the fewest clients with this share of its highest rate.
SATURATED = 0.95


def saturation(levels):
    """(clients, requests/s) where a system saturates; `levels`: what it did by number of clients."""
    highest = max(level["requests_per_s"]["median"] for level in levels.values())
    for clients in sorted(levels, key=int):
        if levels[clients]["requests_per_s"]["median"] >= SATURATED * highest:
            return clients, highest
    raise AssertionError("some level has the highest rate")


def summarize(runs):
    return {
        "requests_per_s": spread([run["requests_per_s"] for run in runs]),
        "p50_ms": median([run["p50_ms"] for run in runs]),
        "p99_ms": median([run["p99_ms"] for run in runs]),
        "max_ms": max(run["max_ms"] for run in runs),
        "cpu_ms": median([run["cpu_ms"] for run in runs]),
        "peak_rss_mib": max(run["peak_rss_mib"] for run in runs),
        "requests": sum(run["requests"] for run in runs),
    }


def run(chosen, say):
    rounds = chosen.pick(1, 3)
    seconds = chosen.pick(4, 8)
    open_seconds = chosen.pick(8, 20)
    sound = sounds.write_wav("load.wav", SOUND_S)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(servers.data_folder())
        systems = {
            "peer": stack.enter_context(servers.peer()),
            "no_store": stack.enter_context(servers.heartbeat(chosen, "no-store", "--no-store")),
            "durable": stack.enter_context(
                servers.heartbeat(chosen, "durable", "--data-dir", folder)
            ),
        }
        rates = {}
        for name in SYSTEMS:
            answer = http_load.post(
                systems[name].url + "/predict", [("sound.wav", sound.read_bytes())]
            )
            if answer["predicted_class"] not in ("normal", "abnormal"):
                raise RuntimeError(f"{name} gives no class")
            warm = http_load.closed_loop(systems[name], sound, 2, 2)
            rates[name] = warm["requests_per_s"]
        runs = {name: {str(clients): [] for clients in CLIENTS} for name in SYSTEMS}
        for clients in CLIENTS:
            for turn in range(rounds):
                for name in SYSTEMS:
                    say(f"{clients} clients, round {turn + 1}: {name}")
                    length_s = http_load.enough_seconds(seconds, clients, rates[name])
                    figures = http_load.closed_loop(systems[name], sound, clients, length_s)
                    runs[name][str(clients)].append(figures)
        levels = {
            name: {clients: summarize(of_level) for clients, of_level in runs[name].items()}
            for name in SYSTEMS
        }
        saturations = {}
        for name in SYSTEMS:
            clients, highest = saturation(levels[name])
            saturations[name] = {
                "clients": int(clients),
                "requests_per_s": highest,
                "peak_rss_mib": max(level["peak_rss_mib"] for level in levels[name].values()),
            }
        open_loop = {name: {} for name in SYSTEMS}
        for share in SHARES:
            for name in SYSTEMS:
                rate = saturations[name]["requests_per_s"] * share / 100
                say(f"{share} % of saturation, {rate:.0f} requests/s: {name}")
                open_loop[name][str(share)] = http_load.open_loop(
                    chosen, systems[name], sound, rate, open_seconds
                )
    return {
        "sound_s": SOUND_S,
        "sound_kib": sound.stat().st_size / 1024,
        "rounds": rounds,
        "least_seconds": seconds,
        "closed_loop": levels,
        "saturation": saturations,
        "open_seconds": open_seconds,
        "open_loop": open_loop,
        "runs": runs,
    }
