"""Versioned files: artifacts as scripts fill them, and as they are found and downloaded again."""
