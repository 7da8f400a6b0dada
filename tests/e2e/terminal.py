"""What a program shows at a terminal."""

import os


def read_terminal(terminal):
    """All that is shown until the program is gone; closes our end."""
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    return shown.decode()
