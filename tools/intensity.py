"""Makes trackio/energy/intensity.csv from packages that ship the published numbers, and holds them to each other.

    python tools/intensity.py

Carbontracker ships the newest year of each country as Our World in Data publishes it (from Ember), CO2.js the numbers
of that year as Ember itself publishes them. Countries come from the first; what it has not, from the second. Both are
of the edition of May 2025: where Ember revised a number between the two, they differ by a few percent at most.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

CARBONTRACKER = "carbontracker==2.4.7"
CO2JS = "@tgwf/co2@0.16.8"
TABLE = Path(__file__).parents[1] / "trackio" / "energy" / "intensity.csv"
COLUMNS = ("code", "alpha2", "name", "grams_per_kwh", "year", "source", "licence")

OWID = ("Our World in Data, from Ember (2025)", "CC BY 4.0")
EMBER = ("Ember, Yearly Electricity Data (2025)", "CC BY 4.0")

# Carbontracker's table lost Namibia, whose code NA reads as "not available", and never had the other two. The package
# of CO2.js has no years; they are in data/output/average-intensities.json of its repository, of May 2025.
FROM_EMBER = (("NAM", "NA", "Namibia", 2023), ("XKX", "XK", "Kosovo", 2024), ("WORLD", "", "World", 2024))

OLDEST = 2020
"""Older numbers say nothing of today's grid: Western Sahara's is of 2009."""
MOST_DIFFERENCE = 0.05
"""Between the two packages; a larger one would mean another edition, and is worth a look."""


def main() -> None:
    """Fetch both packages and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        published, checked = _owid(Path(folder)), _ember(Path(folder))
    rows: dict[str, tuple[object, ...]] = {}
    for row in published:
        code, grams, year = row["Code"], float(row["Carbon intensity of electricity (gCO2eq/kWh)"]), int(row["Year"])
        # Where emissions of a few hundred tonnes were rounded to none, the number would be 0: no grid is without any.
        if grams == 0 or year < OLDEST:
            continue
        if abs(checked.get(code, grams) - grams) > MOST_DIFFERENCE * grams:
            sys.exit(f"{code}: {grams} and {checked[code]} are not of one edition.")
        rows[code] = (code, row["alpha-2"], row["Entity"], f"{grams:.2f}", year, *OWID)
    for code, short, name, year in FROM_EMBER:
        rows[code] = (code, short, name, f"{checked[code]:.2f}", year, *EMBER)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows[code] for code in sorted(rows, key=lambda code: (code == "WORLD", code)))


def _owid(folder: Path) -> list[dict[str, str]]:
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), CARBONTRACKER)
    subprocess.run(pip, check=True)
    with zipfile.ZipFile(next(folder.glob("carbontracker-*.whl"))) as wheel:
        text = wheel.read("carbontracker/data/carbon-intensities.csv").decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _ember(folder: Path) -> dict[str, float]:
    subprocess.run(("npm", "pack", "--silent", CO2JS), check=True, cwd=folder, stdout=subprocess.DEVNULL)
    with tarfile.open(next(folder.glob("tgwf-co2-*.tgz"))) as package:
        package.extract("package/dist/cjs/data/average-intensities.min.js", folder)
    script = (folder / "package/dist/cjs/data/average-intensities.min.js").read_text("utf-8")
    found = re.search(r"data = (\{.*?\});", script, re.DOTALL)
    if found is None:
        sys.exit(f"{CO2JS} has its numbers in another form.")
    # An object of JavaScript, some of whose names have no quotes.
    numbers: dict[str, float] = json.loads(re.sub(r"([{,]\s*)(\w+):", r'\1"\2":', found[1]))
    return numbers


if __name__ == "__main__":
    main()
