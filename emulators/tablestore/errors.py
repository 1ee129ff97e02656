"""How the service refuses: an HTTP status, a code a program branches on and a sentence.

Codes, statuses and wording are those of the service's published error list. Where the list names a
rule without its wording, the sentence is ours; programs must branch on the code only.
"""

from __future__ import annotations


class ServiceError(Exception):
    """Raised anywhere in an operation; becomes the answer, or one row's result in a batch."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> ServiceError:
    """The request breaks a rule that has nothing to do with what is stored."""
    return ServiceError(400, "OTSParameterInvalid", message)


def unsupported(what: str) -> ServiceError:
    """The service could do this, this emulator cannot."""
    return invalid(f"Unsupported operation: {what}.")


def invalid_key(message: str) -> ServiceError:
    """The primary key does not fit the table's schema."""
    return ServiceError(400, "OTSInvalidPK", message)


def auth_failed(message: str) -> ServiceError:
    """No known key signed this request."""
    return ServiceError(403, "OTSAuthFailed", message)


def condition_failed(message: str = "Condition check failed.") -> ServiceError:
    """The row is not as the writer expected it: an ordinary outcome of a conditional write."""
    return ServiceError(403, "OTSConditionCheckFail", message)


def no_such_table() -> ServiceError:
    """The table does not exist."""
    return ServiceError(404, "OTSObjectNotExist", "Requested table does not exist.")


def not_ready() -> ServiceError:
    """The table is too new; the SDK retries this code."""
    return ServiceError(404, "OTSTableNotReady", "The table is not ready.")


def too_frequent() -> ServiceError:
    """Tables were created, changed or deleted too often; the SDK retries this code with this message."""
    return ServiceError(403, "OTSQuotaExhausted", "Too frequent table operations.")


def table_exists() -> ServiceError:
    """A table of that name is there already."""
    return ServiceError(409, "OTSObjectAlreadyExist", "Requested table already exists.")


def row_conflict() -> ServiceError:
    """Another writer holds the row; the SDK retries this code."""
    return ServiceError(409, "OTSRowOperationConflict", "Data is being modified by the other request.")


def too_many_tables() -> ServiceError:
    """The instance is full."""
    return ServiceError(403, "OTSQuotaExhausted", "Number of tables exceeded the quota.")


def not_post() -> ServiceError:
    """Every operation is a POST."""
    return ServiceError(405, "OTSMethodNotAllowed", "Only POST method for requests is supported.")


def body_too_large() -> ServiceError:
    """The HTTP body is longer than the service reads."""
    return ServiceError(413, "OTSRequestBodyTooLarge", "The size of POST data is too large.")


def internal_error() -> ServiceError:
    """A defect of the emulator; its log has the traceback."""
    return ServiceError(500, "OTSInternalServerError", "Internal server error.")


def server_busy() -> ServiceError:
    """The service asks to be left alone for a moment; the SDK retries this code."""
    return ServiceError(503, "OTSServerBusy", "Server is busy.")
