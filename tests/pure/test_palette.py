from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from trackio.palette import DARK, LIGHT, Theme

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISIONS = {
    "full": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Ottosson's OKLab; a just noticeable difference is about 0.02.
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

both_themes = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def linear(color: str) -> np.ndarray:
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    bright, dim = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def seen(color: str, vision: str) -> np.ndarray:
    return np.cbrt(np.clip(np.array(VISIONS[vision]) @ linear(color), 0, 1) @ TO_LMS.T) @ TO_LAB.T


@both_themes
def test_series_stand_out_from_the_background(theme: Theme) -> None:
    assert len(theme.series) == 10
    assert [c for c in theme.series if contrast(c, theme.background) < 3] == []


@both_themes
def test_text_is_readable(theme: Theme) -> None:
    for color in (theme.foreground, theme.muted, theme.accent, theme.warn, theme.error, theme.ok):
        assert contrast(color, theme.background) >= 4.5, color


@both_themes
@pytest.mark.parametrize("vision", list(VISIONS))
def test_series_stay_apart_in_every_kind_of_colour_vision(theme: Theme, vision: str) -> None:
    looks = [seen(color, vision) for color in theme.series]
    pairs = {(i, j): float(np.linalg.norm(looks[i] - looks[j])) for i, j in combinations(range(10), 2)}
    assert min(pairs.values()) > 0.07, min(pairs, key=pairs.__getitem__)
    assert min(d for (_, j), d in pairs.items() if j < 6) > 0.08
