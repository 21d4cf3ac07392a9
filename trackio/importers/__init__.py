"""Runs logged elsewhere, read from their files and recorded here."""
