"""Sessions mailed as invitations (iTIP) to holders who asked for that instead of a feed."""
