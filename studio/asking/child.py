"""``python -m studio.asking.child COMMAND ...``: a `slipway` command that ends with the studio that started it.

However the studio ends, SIGKILL included, its end of the pipe on stdin is closed with it.
"""

import os
import runpy
import signal
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, name="end-with-the-studio", daemon=True).start()
    # As run_path would do by itself for "python -m slipway": the command's own name in its messages.
    sys.argv[0] = "slipway"
    runpy.run_module("slipway", run_name="__main__")
