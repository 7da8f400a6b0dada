"""A long history without the hours that adding it would take: copies of one real prediction."""

import sqlite3

DAY_MS = 86_400_000
YEARS_MS = 3 * 365 * DAY_MS
FIRST_MS = 1_600_000_000_000

# What tells one copy from another; every other column is the real prediction's own.
DIFFERENT = {
    "id": "printf('01890c00-0000-7000-8000-%012x', n.i)",
    "time_ms": f"{FIRST_MS} + n.i * :step_ms",
    "day": f"({FIRST_MS} + n.i * :step_ms) / {DAY_MS}",
    "file_name": "printf('%08x.wav', n.i * 2654435761 % 4294967296)",
    "name_key": "printf('%08x.wav', n.i * 2654435761 % 4294967296)",
    "predicted_class": "CASE WHEN n.i % 3 = 0 THEN 'abnormal' ELSE 'normal' END",
    "verdict": "CASE WHEN n.i % 1009 = 0 THEN 'poor_quality' WHEN n.i % 11 = 0 THEN 'uncertain' "
    "WHEN n.i % 3 = 0 THEN 'abnormal' ELSE 'normal' END",
}


def fill(folder, rows):
    """Fills the history of `folder`, which has at least one prediction, up to `rows`, spread over
    three years. No server has it open."""
    database = sqlite3.connect(folder / "heartbeat.db", isolation_level=None)
    have = database.execute("SELECT count(*) FROM predictions").fetchone()[0]
    if rows <= have:
        return
    # Without a journal, which would be as large again; the server turns its own on when it opens it.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    columns = [row[1] for row in database.execute("PRAGMA table_info(predictions)")]
    values = ", ".join(DIFFERENT.get(column, f"real.{column}") for column in columns)
    database.execute("BEGIN")
    database.execute(
        "WITH RECURSIVE n (i) AS (SELECT :have UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :rows), "
        "real AS (SELECT * FROM predictions ORDER BY time_ms DESC, id DESC LIMIT 1) "
        f"INSERT INTO predictions ({', '.join(columns)}) SELECT {values} FROM n, real",
        {"have": have, "rows": rows, "step_ms": YEARS_MS // rows},
    )
    database.execute("COMMIT")
    database.close()
