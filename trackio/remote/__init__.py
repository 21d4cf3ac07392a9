"""What is recorded here, sent to a server: the journal is the spool, and is kept until the server has all of it."""
