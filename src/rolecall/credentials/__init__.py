"""Credentials: identifiers and secrets as AWS makes them, secrets sealed at rest, session tokens sealed instead of
stored. keyring.py seals and opens; claims.py says what a token says."""
