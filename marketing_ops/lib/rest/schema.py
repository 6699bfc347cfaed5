"""How the API describes itself: every operation with the errors that it can answer."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from marketing_ops.lib.rest.errors import ProblemSerializer

_MEANINGS = {
    "400": "A parameter or a field is not right; “errors” names each.",
    "401": "Neither logged in nor a valid token.",
    "403": "No right to this.",
    "404": "There is no such thing, or not among what this person sees.",
    "415": "The body is neither JSON nor a form.",
    "429": "Too many attempts; “Retry-After” says when to come back.",
}


class Described(AutoSchema):
    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        if direction != "response":
            return bodies
        for status in self._errors():
            answer = OpenApiResponse(ProblemSerializer, description=_MEANINGS[status])
            bodies.setdefault(
                status, self._get_response_for_code(answer, status, direction=direction)
            )
        if self.method == "GET" and getattr(self.view, "conditional", False):
            bodies["304"] = {"description": "Not changed since the answer with this ETag."}
        return bodies

    def _errors(self) -> list[str]:
        found = ["400"]
        if self.get_auth():
            found += ["401", "403"]
        if "{" in self.path or getattr(self.view, "can_be_missing", False):
            found.append("404")
        if self.method in ("POST", "PUT", "PATCH"):
            found.append("415")
        if getattr(self.view, "can_be_locked", False):
            found.append("429")
        return found
