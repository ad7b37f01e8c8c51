"""Which version is in production, and who decided it."""
