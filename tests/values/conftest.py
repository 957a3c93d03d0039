"""Property tests of values: many small examples, judged by their outcome and never by their time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("values", deadline=None, max_examples=40)
settings.load_profile("values")
