"""Statements of energy in the forms that others read: JSON, the EU's form, codecarbon's table, CycloneDX."""
