"""What was said and how: the conversation document, the analyzers, and the speech engines."""
