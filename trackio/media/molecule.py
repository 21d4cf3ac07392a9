"""Molecules."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place, caption_text, file_reference
from trackio.media.extras import load
from trackio.media.source import is_path, source

FORMATS = ("pdb", "pqr", "mmcif", "mcif", "cif", "sdf", "sd", "gro", "mol2", "mmtf")


class Molecule(Media):
    """A molecule in a file, which is kept as it is; an open file without a name needs ``file_type``."""

    SUPPORTED_TYPES = frozenset(FORMATS)
    SUPPORTED_RDKIT_TYPES = frozenset({"mol", "sdf"})

    def __init__(self, data_or_path: Any, caption: str | None = None, file_type: str | None = None) -> None:
        self.caption = caption_text(caption)
        if not is_path(data_or_path) and not hasattr(data_or_path, "read"):
            raise UsageError(f"Molecule takes the path of a file or an open file, not {type(data_or_path).__name__}.")
        self._source = source(data_or_path, "Molecule")
        self.format = self._source.suffix or str(file_type).lower()
        if self.format not in FORMATS:
            raise UsageError(
                f"Molecule: {self._source.name or file_type!r} is none of {', '.join(FORMATS)}; "
                "of open files give file_type=."
            )

    @classmethod
    def from_rdkit(
        cls,
        data_or_path: Any,
        caption: str | None = None,
        convert_to_3d_and_optimize: bool = True,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Molecule:
        """A molecule of RDKit, or in a ``.mol`` or ``.sdf`` file that RDKit reads, laid out in space."""
        chem = load("rdkit.Chem")
        if is_path(data_or_path):
            path = Path(data_or_path)
            if path.suffix[1:].lower() not in cls.SUPPORTED_RDKIT_TYPES:
                raise UsageError(f"{path} is none of {', '.join(sorted(cls.SUPPORTED_RDKIT_TYPES))}.")
            source(path, "Molecule")
            # Of several the first, as in wandb.
            is_one = path.suffix.lower() == ".mol"
            molecule = chem.MolFromMolFile(str(path)) if is_one else next(chem.SDMolSupplier(str(path)), None)
        else:
            molecule = data_or_path
        if not isinstance(molecule, chem.Mol):
            raise UsageError(f"RDKit finds no molecule in {data_or_path!r}.")
        if convert_to_3d_and_optimize:
            shapes = load("rdkit.Chem.AllChem")
            molecule = chem.AddHs(molecule)
            shapes.EmbedMolecule(molecule, randomSeed=0)
            shapes.MMFFOptimizeMolecule(molecule, maxIters=mmff_optimize_molecule_max_iterations)
        return cls(io.StringIO(chem.MolToPDBBlock(molecule)), caption, file_type="pdb")

    @classmethod
    def from_smiles(
        cls,
        data: str,
        caption: str | None = None,
        sanitize: bool = True,
        convert_to_3d_and_optimize: bool = True,
        mmff_optimize_molecule_max_iterations: int = 200,
    ) -> Molecule:
        """A molecule by its SMILES, laid out in space by RDKit."""
        molecule = load("rdkit.Chem").MolFromSmiles(data, sanitize=sanitize)
        if molecule is None:
            raise UsageError(f"{data!r} is no SMILES.")
        return cls.from_rdkit(molecule, caption, convert_to_3d_and_optimize, mmff_optimize_molecule_max_iterations)

    @property
    def nbytes(self) -> int:
        """How much memory it holds until it is stored, in bytes."""
        return self._source.nbytes

    def reference(self, place: Place) -> dict[str, Any]:
        """Store it and return what stands in the row."""
        blob = self._source.put(place.blobs, f".{self.format}")
        return file_reference("molecule", blob, format=self.format, caption=self.caption)

    def __repr__(self) -> str:
        return f"Molecule({self.format}{f', {self.caption!r}' if self.caption else ''})"
