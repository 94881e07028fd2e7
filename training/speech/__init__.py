"""Training of the demo's speech model, which knows synthetic French only."""
