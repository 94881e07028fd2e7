"""The only place that knows Prefect: the night, one recording again, a withdrawal."""
