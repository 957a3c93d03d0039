"""Check kinds: one module each; a file here (or an entry point ``crmq.rules``) is all that a new kind needs."""
