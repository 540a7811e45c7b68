"""How long `slipway gateway` takes to its first answer, Python's start included, and how much memory it then has.

    python bench/serving/gateway_start.py [--times 7]

No model server is needed. Prints one line of JSON; exit code 1 if a start takes 2 s or the memory is 150 MB or more.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_SECONDS, MOST_MEGABYTES = 2.0, 150.0


def start(models: Path) -> tuple[float, float]:
    """Seconds until /healthz answers, and resident megabytes after /docs was read too."""
    command = [sys.executable, str(ROOT / "slipway.py"), "gateway", "--port", "0", "--models", str(models)]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        urllib.request.urlopen(f"{url}/healthz").read()
        seconds = time.perf_counter() - begun
        urllib.request.urlopen(f"{url}/docs").read()
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.terminate()
    (kilobytes,) = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    return seconds, kilobytes / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=7)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as models:
        found = [start(Path(models)) for _ in range(times)]
    seconds, megabytes = zip(*found, strict=True)
    result = {
        "starts": times,
        "median seconds to the first answer": round(statistics.median(seconds), 2),
        "slowest seconds": round(max(seconds), 2),
        "peak resident MB": round(max(megabytes), 1),
    }
    print(json.dumps(result))
    return 0 if max(seconds) < MOST_SECONDS and max(megabytes) < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
