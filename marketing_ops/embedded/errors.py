"""What this package raises when a person has to do something about it."""


class CannotStart(Exception):
    """A service did not start; the text says what is wrong and what to do."""
