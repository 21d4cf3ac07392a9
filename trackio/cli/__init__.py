"""The command line: ``trackio.cli.main`` parses and dispatches, each other module is one command or prints."""
