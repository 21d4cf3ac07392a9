"""What other libraries plug in: loggers and callbacks that are not part of these libraries themselves."""
