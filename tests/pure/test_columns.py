from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.report.columns import decode, encode

rng = np.random.default_rng(7)

ENCODINGS = {
    "steps are a progression": (np.arange(0, 5000, 5), "s"),
    "no values": ([], "s"),
    "one value": ([3.25], "s"),
    "a constant": ([0.1] * 9, "s"),
    "uneven steps are whole numbers": (np.cumsum(rng.integers(1, 9, 500)), "i"),
    "negative and backward steps": ([5, -3, 900, 2, 2], "i"),
    "a loss printed with four decimals": (np.round(rng.normal(3, 0.1, 500), 4), "i"),
    "a loss": (rng.normal(3, 1, 500), "f"),
    "gaps": ([1.5, math.nan, 2.5, math.inf, -math.inf, 1 / 3], "f"),
    "a spread over decades": (10.0 ** rng.uniform(-7, 7, 500), "f"),
    "numbers that labels show in full": (1e9 + rng.normal(0, 1, 500), "g"),
    "beyond float32": ([1e300, 2e-300, 7.5e299], "g"),
    "below float32": ([1e-50, 2.1e-48, 3.3e-49], "g"),
}


@pytest.mark.parametrize(("values", "kind"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_each_kind_of_column_has_its_encoding(values: object, kind: str) -> None:
    column = encode(values)
    assert kind in column
    back = decode(json.loads(json.dumps(column, allow_nan=False)))
    given_values = np.asarray(values, dtype=np.float64)
    if kind == "f":
        np.testing.assert_allclose(back, given_values, rtol=1e-6)
    else:
        np.testing.assert_array_equal(back, given_values)


@given(st.lists(st.floats(width=64) | st.integers(-(2**53), 2**53).map(float)))
def test_a_column_comes_back_as_it_was(values: list[float]) -> None:
    back = decode(json.loads(json.dumps(encode(values), allow_nan=False)))
    np.testing.assert_allclose(back, np.asarray(values, dtype=np.float64), rtol=1e-6, atol=0)


def test_four_decimals_cost_half_of_a_float() -> None:
    losses = np.round(3 + rng.normal(0, 0.05, 1000), 4)
    assert len(encode(losses)["i"]) < 1000 * 4 * 0.7


def test_the_table_of_the_docstring_names_every_encoding() -> None:
    text = sys.modules["trackio.report.columns"].__doc__ or ""
    assert all(f'{{"{kind}"' in text for kind in "sifg")
