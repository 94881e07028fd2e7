"""Who agreed to what: records, pure rules and the append-only register. Imports nothing else of ours."""
