"""Arrays that grow while a kernel fills them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel


@kernel
def grown(filled: NDArray[Any]) -> NDArray[Any]:
    """Return an array of twice the length that begins with what is there."""
    larger = np.empty(len(filled) * 2, dtype=filled.dtype)
    for p in range(len(filled)):  # an assignment of slices takes a hundred times as long to compile
        larger[p] = filled[p]
    return larger
