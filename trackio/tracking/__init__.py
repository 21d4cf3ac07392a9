"""The write side: runs, what they record, and the journals they record it in."""
