"""What no address of ours holds."""

from django.http import Http404


def refuse_nul(get_response):
    """Middleware: an address with a NUL (%00) is not there, since PostgreSQL has no text with one.

    Asked here once and not by every page that looks something up by a part of its address. The API
    says so in its own form.
    """

    def middleware(request):
        if "\0" in request.path_info and not request.path_info.startswith("/api/"):
            raise Http404
        return get_response(request)

    return middleware
