"""The command line: one file per command, each a thin layer over :mod:`crmq.pipeline` and :mod:`crmq.reports`.

No module here imports Polars, Great Expectations or a stage before a command runs, so that ``crmq --help`` is quick.
"""
