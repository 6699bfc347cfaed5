"""What account managers bring home: the visits, and what was said and seen at them."""

from customers.visits.models.given import Care, ConfidentialReport, Promise, Question
from customers.visits.models.photo import Photo
from customers.visits.models.visit import Conflict, Position, SetAside, Visit

__all__ = [
    "Care",
    "ConfidentialReport",
    "Conflict",
    "Photo",
    "Position",
    "Promise",
    "Question",
    "SetAside",
    "Visit",
]
