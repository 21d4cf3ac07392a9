"""Media made of what others hold and draw: tensors of torch, figures of seaborn and bokeh, molecules of RDKit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import seaborn as sns
import seaborn.objects as so
import torch
from bokeh import plotting
from PIL import Image as Pillow
from rdkit import Chem

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.figures import wrap
from trackio.media.image import Image
from trackio.media.molecule import Molecule
from trackio.store.blobs import Blobs

STEPS = (np.arange(35) * 7 / 255).reshape(5, 7)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Blobs(tmp_path / "project"), "sample", 3)


def pixels(place: Place, medium: Media | None) -> Any:
    assert medium is not None
    stored = place.blobs.read(medium.reference(place)["file"])
    return np.asarray(Pillow.open(io.BytesIO(stored)))


def test_tensors_have_their_channels_first(place: Place) -> None:
    square = np.random.default_rng(0).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    assert np.array_equal(pixels(place, Image(torch.tensor(square))), square.transpose(1, 2, 0))


def test_a_tensor_may_change_once_it_was_taken(place: Place) -> None:
    learned = torch.tensor(STEPS, dtype=torch.bfloat16, requires_grad=True)
    before = (learned.detach().float().numpy() * 255).round()
    image = Image(learned)
    with torch.no_grad():
        learned.zero_()
    assert np.abs(pixels(place, image).astype(float) - before).max() <= 1


# It uses names of pandas that are on their way out.
@pytest.mark.filterwarnings("ignore")
def test_what_seaborn_draws_is_a_picture(place: Place) -> None:
    rows = pd.DataFrame({"x": range(4), "y": [1, 3, 2, 4], "c": list("abab")})
    grid = sns.relplot(rows, x="x", y="y", col="c")
    for drawn in (grid, sns.scatterplot(rows, x="x", y="y"), so.Plot(rows, x="x", y="y").add(so.Line())):
        assert len(np.unique(pixels(place, wrap(drawn)))) > 2


def test_a_bokeh_figure_is_a_page_that_needs_no_network(place: Place) -> None:
    drawn = plotting.figure(title="</script>")
    drawn.line([1, 2], [3, 4])
    found = wrap(drawn)
    assert found is not None
    page = place.blobs.read(found.reference(place)["file"]).decode()
    assert '"</script>"' not in page
    assert "<script src" not in page


def test_a_molecule_is_laid_out_in_space(place: Place) -> None:
    first, second = Molecule.from_smiles("CCO", caption="ethanol"), Molecule.from_rdkit(Chem.MolFromSmiles("CCO"))
    assert first.reference(place)["file"] == second.reference(place)["file"]
    assert place.blobs.read(first.reference(place)["file"]).count(b"HETATM") == 9
    with pytest.raises(UsageError, match="SMILES"):
        Molecule.from_smiles("C1CC")
