"""Sweeps: many runs of one function or program, each with settings that a search chooses."""
