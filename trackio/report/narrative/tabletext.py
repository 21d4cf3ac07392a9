"""Tables as Markdown, LaTeX and CSV (pure)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from trackio.report.narrative.table import Cell, Table

_TEX = {
    "\\": r"\textbackslash{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "∞": r"$\infty$",
    "\N{MINUS SIGN}": "$-$",
    "\N{NO-BREAK SPACE}": "~",
}
_CO2 = re.compile(r"\bCO2e?\b")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|$~&])")
_FORMULA = ("=", "+", "-", "@")


def markdown(table: Table, caption: str = "") -> str:
    """A pipe table that GitHub shows; the caption, which is Markdown already, stands over it."""
    heads = [escaped_markdown(column.title) for column in table.columns]
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join('---:' if one.is_number else '---' for one in table.columns)}|"]
    for row in table.rows:
        cells = [f"**{text}**" if cell.is_best else text for cell in row for text in [escaped_markdown(cell.text)]]
        lines.append(f"| {' | '.join(cells)} |")
    above = [caption, ""] if caption else []
    below = ["", f"*{table.note}*"] if table.note else []
    return "\n".join([*above, *lines, *below]) + "\n"


def latex(table: Table, caption: str = "", label: str = "") -> str:
    r"""A ``tabular`` with the rules of booktabs; with a caption, a plain text, in a ``table`` with its label."""
    sides = "".join("r" if column.is_number else "l" for column in table.columns)
    heads = " & ".join(escaped_latex(column.title) for column in table.columns)
    rows = [" & ".join(_latex_cell(cell) for cell in row) + r" \\" for row in table.rows]
    lines = [rf"\begin{{tabular}}{{{sides}}}", r"\toprule", heads + r" \\", r"\midrule", *rows, r"\bottomrule"]
    lines.append(r"\end{tabular}")
    words = " ".join(filter(None, [caption, table.note]))
    if words:
        head = [r"\begin{table}", r"\centering", rf"\caption{{{escaped_latex(words)}}}"]
        lines = [*head, *([rf"\label{{{label}}}"] if label else []), *lines, r"\end{table}"]
    return "\n".join(["% Needs \\usepackage{booktabs}.", *lines]) + "\n"


def csv_text(table: Table) -> str:
    """The numbers, unrounded; a column of means is followed by that of deviations and of how many runs they are of."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    spread = [any(row[k].std is not None for row in table.rows) for k in range(len(table.columns))]
    heads: list[str] = []
    for column, is_spread in zip(table.columns, spread, strict=True):
        heads += [column.title, *([f"{column.title} std", f"{column.title} runs"] if is_spread else [])]
    writer.writerow([_harmless(head) for head in heads])
    for row in table.rows:
        cells: list[object] = []
        for cell, is_spread in zip(row, spread, strict=True):
            cells.append(_harmless(cell.value) if isinstance(cell.value, str) else cell.value)
            cells += [cell.std, cell.count] if is_spread else []
        writer.writerow(cells)
    return out.getvalue()


FORMATS: Mapping[str, Callable[[Table], str]] = {"markdown": markdown, "latex": latex, "csv": csv_text}


def escaped_markdown(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def escaped_latex(text: str) -> str:
    """Text that LaTeX sets as it is, on one line."""
    found = "".join(_TEX.get(letter, letter) for letter in " ".join(text.split()) if letter.isprintable())
    return _CO2.sub(lambda match: match[0].replace("CO2", r"CO\textsubscript{2}"), found)


def _latex_cell(cell: Cell) -> str:
    text = escaped_latex(cell.text)
    if cell.is_best and cell.std is not None:
        mean, mark, std = text.partition(r" $\pm$ ")
        return rf"\textbf{{{mean}}}{mark}{std}"
    return rf"\textbf{{{text}}}" if cell.is_best else text


def _harmless(text: str) -> str:
    """Text on one line that no spreadsheet takes for a formula."""
    # Python 3.10 writes no table with a NUL in it.
    line = " ".join(text.replace("\0", " ").split())
    return f"'{line}" if line.startswith(_FORMULA) else line
