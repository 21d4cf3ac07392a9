"""What would be published, looked through for secrets: `check` does it before an upload."""

from trackio.publish.scan.checking import check, found
from trackio.publish.scan.finding import Finding
from trackio.publish.scan.folders import folder
from trackio.publish.scan.recording import recorded
from trackio.publish.scan.search import RULES

__all__ = ["RULES", "Finding", "check", "folder", "found", "recorded"]
