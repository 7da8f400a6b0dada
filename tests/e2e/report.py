"""What the tests of attacks and faults did, for docs/robustness.md (script/robustness writes it)."""

import json
import os
from pathlib import Path

FOLDER = os.environ.get("HEARTBEAT_ROBUSTNESS_REPORT")


def report(section, what, tried, outcome):
    """A row of the page: what was done, how often, and what came of it. Kept in a file of its own
    where HEARTBEAT_ROBUSTNESS_REPORT names a folder; shown in the output of the test anyway."""
    print(f"\n  {what}: {tried}; {outcome}", end="", flush=True)
    if FOLDER is None:
        return
    folder = Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / (section + ".jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps({"what": what, "tried": str(tried), "outcome": outcome}) + "\n")
