"""Runs recorded here, written as files of other tools."""
