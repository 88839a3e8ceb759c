"""Errors a person may read. Each kind knows its exit code; anything else that is raised is a bug."""

from __future__ import annotations


def about(file: str, message: str) -> str:
    """A sentence about a file that names it, and only once."""
    return message if file in message else f"{file}: {message}"


class UserError(Exception):
    """A sentence for a person: what is wrong, where, and how to mend it. `code` is stable for scripts."""

    exit_code = 2

    def __init__(self, message: str, code: str = "wrong_usage") -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def __str__(self) -> str:
        return self.message


class WrongUsage(UserError):
    """The call itself is off: an unknown source, a file that is not there. Exit 2."""

    exit_code = 2


class InputRejected(UserError):
    """A whole file or instance is refused; nothing of it was written. Exit 3."""

    exit_code = 3

    def __init__(self, message: str, code: str = "rejected") -> None:
        super().__init__(message, code)


class NoFeasibleAnswer(UserError):
    """The rules contradict each other; the message names them. Exit 4."""

    exit_code = 4

    def __init__(self, message: str, code: str = "infeasible") -> None:
        super().__init__(message, code)


class StoreUnusable(UserError):
    """The database cannot be opened, is held by another process, or does not agree with its ledger. Exit 5."""

    exit_code = 5

    def __init__(self, message: str, code: str = "store_unusable") -> None:
        super().__init__(message, code)


class NotAllowed(UserError):
    """The role may not see or do this."""

    exit_code = 2

    def __init__(self, message: str, code: str = "not_allowed") -> None:
        super().__init__(message, code)


class Cancelled(UserError):
    """The person stopped long work; nothing was written."""

    exit_code = 2

    def __init__(self, message: str = "Stopped at your request; nothing was changed.", code: str = "cancelled") -> None:
        super().__init__(message, code)
