"""The one place that states the version; the build and ``trackio.__version__`` read it."""

__version__ = "0.50.0"
