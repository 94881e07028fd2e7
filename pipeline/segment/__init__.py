"""Cut a transcript into clips: a question, its whole answer, a title."""
