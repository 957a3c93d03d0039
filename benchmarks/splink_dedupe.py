"""Deduplicate the synthetic persons with Splink 5 on DuckDB, set up as its documentation advises.

Runs in an environment of its own (splink, duckdb; no crmq):

    python benchmarks/splink_dedupe.py FOLDER --out clusters.parquet [--max-pairs 1000000]

It reads the same three raw CSV files as crmq, cleans them the usual way, blocks on seven rules, compares names by
Jaro-Winkler with term frequencies, the rest by Splink's ready-made comparisons, and clusters at 0.95. With
``--max-pairs`` each EM pass sees at most about that many pairs (Splink's own option); without, all.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from pathlib import Path

import duckdb
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.95

CLEAN = """
CREATE TABLE persons AS
WITH raw AS (
    SELECT * FROM read_csv({files}, all_varchar=true, header=true)
), cleaned AS (
    SELECT
        record_id AS unique_id,
        nullif(trim(regexp_replace(lower(strip_accents(first_name)), '[^a-z]+', ' ', 'g')), '') AS first_name,
        nullif(trim(regexp_replace(lower(strip_accents(last_name)), '[^a-z]+', ' ', 'g')), '') AS last_name,
        nullif(lower(trim(email)), '') AS email,
        nullif(right(regexp_replace(phone, '\\D', '', 'g'), 9), '') AS phone,
        postal_code,
        strftime(
            coalesce(try_strptime(birth_date, '%Y-%m-%d'), try_strptime(birth_date, '%d/%m/%Y')), '%Y-%m-%d'
        ) AS dob,
        nullif(trim(regexp_replace(
            regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
                replace(lower(strip_accents(street)), 'ß', 'ss'),
                '^c/ ', 'calle '), '^avda\\. ', 'avenida '), '^av\\. ', 'avenue '), ' st\\.$', ' street'),
                ' ave$', ' avenue'), 'str\\. ', 'strasse ')), '') AS street
    FROM raw
)
SELECT *, split_part(first_name, ' ', 1) AS first_1, split_part(last_name, ' ', 1) AS last_1 FROM cleaned
"""

BLOCKING = [
    block_on("email"),
    block_on("phone"),
    block_on("first_1", "last_1"),
    block_on("last_1", "postal_code"),
    block_on("dob", "first_1"),
    block_on("dob", "last_1"),
    block_on("postal_code", "street"),
]


def settings() -> SettingsCreator:
    """Return the model: seven comparisons, term frequencies on names."""
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=BLOCKING,
        comparisons=[
            cl.JaroWinklerAtThresholds("first_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("last_name", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("email"),
            cl.ExactMatch("phone"),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.LevenshteinAtThresholds("postal_code", 1),
            cl.JaroWinklerAtThresholds("street", [0.9]),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def run(folder: Path, out: Path, max_pairs: float | None, threads: int) -> dict[str, object]:
    """Deduplicate and write ``record_id, cluster_id``; return what was measured."""
    started, marks = time.perf_counter(), {}

    def mark(name: str) -> None:
        marks[name] = round(time.perf_counter() - started - sum(marks.values()), 2)

    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    files = [str(p) for p in sorted(folder.glob("crm_*.csv"))]
    connection.execute(CLEAN.format(files=files))
    mark("read and clean")
    api = DuckDBAPI(connection=connection)
    linker = Linker(api.register("persons"), settings(), log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("email"), block_on("phone", "first_1"), block_on("first_name", "last_name", "dob")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    mark("estimate u")
    # blocks where matches are dense, together covering every comparison
    for rule in (block_on("email"), block_on("phone"), block_on("first_1", "last_1")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=max_pairs)
    mark("em")
    predictions = linker.inference.predict(threshold_match_probability=THRESHOLD)
    mark("predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, THRESHOLD)
    connection.execute(
        f"COPY (SELECT CAST(unique_id AS BIGINT) AS record_id, cluster_id FROM {clusters.physical_name}) "
        f"TO '{out}' (FORMAT parquet)"
    )
    mark("cluster and write")
    edges = connection.execute(f"SELECT count(*) FROM {predictions.physical_name}").fetchall()[0][0]
    return {"splink": splink.__version__, "duckdb": duckdb.__version__, "seconds": marks, "edges": edges}


def main() -> None:
    """Parse the command line, run, print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--max-pairs", type=float, default=None)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    print(json.dumps(run(options.folder, options.out, options.max_pairs, options.threads)))


if __name__ == "__main__":
    main()
