"""Stores of MLflow: folders, databases and tracking servers, spoken to through its own client."""
