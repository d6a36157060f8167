"""`hotline doctor`: what is wrong with this machine or installation, and what to do about each thing."""

from hotline.doctor.examination import examine, run
from hotline.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine", "run"]
