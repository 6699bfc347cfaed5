"""What account managers bring home: the visits, and what was said and seen at them."""

from customers.visits.models.given import Care, ConfidentialReport, Promise, Question
from customers.visits.models.photo import Photo
from customers.visits.models.plan import (
    BagCheck,
    BagItem,
    Meeting,
    MeetingRead,
    MonthPlan,
    PlannedShop,
    PlannedVisit,
    VisitRuleSet,
    VisitWindow,
)
from customers.visits.models.report import Report, ReportComment, ReportRead, Unvisited
from customers.visits.models.visit import Conflict, Position, SetAside, Visit

__all__ = [
    "BagCheck",
    "BagItem",
    "Care",
    "ConfidentialReport",
    "Conflict",
    "Meeting",
    "MeetingRead",
    "MonthPlan",
    "Photo",
    "PlannedShop",
    "PlannedVisit",
    "Position",
    "Promise",
    "Question",
    "Report",
    "ReportComment",
    "ReportRead",
    "SetAside",
    "Unvisited",
    "Visit",
    "VisitRuleSet",
    "VisitWindow",
]
