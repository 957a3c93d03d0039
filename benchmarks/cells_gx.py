"""The cells that fail the suite which the onboarding assistant of Great Expectations 0.18 makes of the same table.

Later versions have no such assistant. Runs in an environment of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import great_expectations as gx


def main() -> None:
    """Write the cells of the table given first, as JSON, into the file given second."""
    context = gx.get_context(mode="ephemeral")
    asset = context.sources.add_pandas("pandas").add_csv_asset("table", sys.argv[1])
    request = asset.build_batch_request()
    suite = context.assistants.onboarding.run(batch_request=request).get_expectation_suite("suggested")
    context.add_or_update_expectation_suite(expectation_suite=suite)
    validator = context.get_validator(batch_request=request, expectation_suite=suite)
    outcome = validator.validate(result_format={"result_format": "COMPLETE"})
    cells: set[tuple[int, str]] = set()
    for result in outcome.results:
        column = result.expectation_config.kwargs.get("column")
        for row in (result.result or {}).get("unexpected_index_list") or ():
            cells.add((int(row), column))
    Path(sys.argv[2]).write_text(json.dumps(sorted(cells)), encoding="utf-8")


if __name__ == "__main__":
    main()
