"""Runs in continuous integration: rules that hold them to a baseline, summaries of pull requests, one comment."""
