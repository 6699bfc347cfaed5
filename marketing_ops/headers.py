"""Response headers that say what a browser may do with our pages, beside the CSP."""

PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(self), display-capture=(), encrypted-media=(), "
    "fullscreen=(self), geolocation=(self), gyroscope=(), magnetometer=(), microphone=(), "
    "midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=()"
)


def harden(get_response):
    """Middleware: what a page gets unless its view said something else."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Pages are one person's; a proxy must not keep them, and a browser has to ask again.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return middleware
