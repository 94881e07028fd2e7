"""Train the French encoder of ``pipeline/index/encoder_fr``: ``python -m training.encoder``."""
