"""Delimited text: dialect, record grammar, the scan over regular records, and the mending of the others."""
