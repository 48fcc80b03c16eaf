"""Audio to Conversation: the only part of the house that reads samples."""
