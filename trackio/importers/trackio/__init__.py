"""Homes of this trackio and of the original one as runs."""
