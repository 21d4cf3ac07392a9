"""Media in the report: found in the runs' values, chosen by size, put into files, and shown on the runs' pages."""
