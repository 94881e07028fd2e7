"""Make the clip's video, captions and poster, with nothing of the recording outside the cut."""
