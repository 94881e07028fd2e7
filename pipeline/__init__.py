"""The stages, from a recording to an index. No Prefect, no web, no reading of the environment."""
