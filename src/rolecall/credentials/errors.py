"""What can go wrong with keys and sealed values. No message holds a secret or a token.

CredentialError
├── TokenTooLarge   session policies and tags exceed the packed budget; carries the percent
├── TokenDamaged    not a token of ours, or not whole
├── SecretDamaged   a stored secret that no key opens
└── KeyUnusable     the key file or ROLECALL_KEY cannot be used: says what to do
"""

from __future__ import annotations


class CredentialError(Exception):
    """Root of the tree."""


class TokenTooLarge(CredentialError):
    """`percent` of the packed budget (over 100)."""

    def __init__(self, percent: int) -> None:
        super().__init__(f"session policies and tags take {percent}% of the packed size")
        self.percent = percent


class TokenDamaged(CredentialError):
    pass


class SecretDamaged(CredentialError):
    pass


class KeyUnusable(CredentialError):
    pass
