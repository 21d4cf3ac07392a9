"""Alerts: how grave they are, who is told of them and how, and which are raised without being called for."""
