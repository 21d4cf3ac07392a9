"""Immutable numbered copies of a report, beside the current one."""
