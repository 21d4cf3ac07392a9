"""What read commands answer: one function for each, which gives exactly the object that ``--json`` prints."""

from trackio.documents.encoding import Document, encode
from trackio.documents.read import Parameter, Read
from trackio.documents.reads import READS

__all__ = ["READS", "Document", "Parameter", "Read", "encode"]
