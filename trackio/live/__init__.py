"""Curves of runs in progress for whoever looks on: what was read stays, and each look adds what is new."""
