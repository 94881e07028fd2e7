"""Open what an operator hands in, refuse what is broken or hostile, and extract each participant's audio."""
