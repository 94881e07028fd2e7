"""Embed, index, and find the moment that answers."""
