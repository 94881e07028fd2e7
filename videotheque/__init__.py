"""What people touch: the command, the API and the page."""
