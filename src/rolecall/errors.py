"""What can go wrong for a person at the command line: one tree, drawn here.

    RolecallError                one line that names what was seen and the next step; exit code 2
    ├── InputError               a file, an argument or a name that cannot be used
    ├── StartError               the server cannot start: port in use, folder not writable
    └── Unreachable              no server answers where one was expected
        └── Refused              it answered, and the answer is an AWS error

Two kinds of failure are values of their own rooms and never reach a terminal as they are: an AWS error that a
client gets is a `wire.errors.AwsError`; a denial inside the engine is a `decision.result.Decision`.
"""

from __future__ import annotations


class RolecallError(Exception):
    """A failure that is told in one line, without a traceback."""

    exit_code = 2


class InputError(RolecallError):
    """What was given cannot be used as it is."""


class StartError(RolecallError):
    """The server cannot start."""


class Unreachable(RolecallError):
    """No server answers at the address."""


class Refused(Unreachable):
    """The server answered with an AWS error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
