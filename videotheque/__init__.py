"""What people touch: the command, the API and the page."""

__version__ = "0.1.0"
