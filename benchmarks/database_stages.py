"""One run of crmq over a database: seconds of reading, mapping and standardising, as JSON on stdout.

python benchmarks/database_stages.py URL [read]
"""

from __future__ import annotations

import json
import sys
import time


def main(url: str, *, only_read: bool) -> int:
    """Run the stages and print what each took."""
    from crmq.pipeline import Pipeline, Request
    from crmq.progress import Silent

    line = Pipeline(Request((url,)), Silent())
    took = {}
    for stage in ("read",) if only_read else ("read", "mapping", "tables"):
        started = time.perf_counter()
        getattr(line, stage)
        took[stage] = round(time.perf_counter() - started, 2)
    print(json.dumps({"rows": sum(table.frame.height for table in line.read.tables), "seconds": took}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], only_read="read" in sys.argv[2:]))
