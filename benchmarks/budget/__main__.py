"""``python -m benchmarks.budget``: what the request budget promises, measured on the embedded homelab.

``windows``: ten workers, several commands at once and local runs beside them, while the limiter is killed again and
again; the server's own arrivals, over all windows. ``neighbour``: what a second user of the server feels, under
fairness. ``overhead``: the same requests with and without the limiter. ``start``: a whole one-shot check with and
without the shared file. Whatever is compared takes turns in each round; ratios are medians over the rounds, with the
interval that holds the true median in 95 % of all cases.
"""

from __future__ import annotations

import argparse
import signal
import sys

from benchmarks.budget import neighbour, overhead, start, windows

PARTS = {"windows": windows.main, "overhead": overhead.main, "neighbour": neighbour.main, "start": start.main}


def main() -> None:
    """Run the parts that are named, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; none named: all")
    parser.add_argument("--rounds", type=int, default=0, help="of each part that has rounds (0: its own number)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the part windows")
    chosen = parser.parse_args()
    for name in chosen.parts or PARTS:
        if name not in PARTS:
            parser.error(f"there is no part {name!r}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for name in chosen.parts or PARTS:
        print(f"\n## {name}\n")
        PARTS[name](chosen)


if __name__ == "__main__":
    main()
