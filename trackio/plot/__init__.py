"""Charts of what a table holds, as ``trackio.plot.line(table, x="epoch", y="loss")``; log them as any other medium."""

from trackio.plot.chart import CustomChart, plot_table, visualize
from trackio.plot.classifiers import confusion_matrix, pr_curve, roc_curve
from trackio.plot.shapes import bar, histogram, line, line_series, scatter

__all__ = [
    "CustomChart",
    "bar",
    "confusion_matrix",
    "histogram",
    "line",
    "line_series",
    "plot_table",
    "pr_curve",
    "roc_curve",
    "scatter",
    "visualize",
]
