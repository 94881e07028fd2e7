"""Who said what and when: the platform's transcript, or faster-whisper."""
