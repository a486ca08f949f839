"""Why a job cannot go on, in words for the user who started it. Anything else that is raised is a fault of the service."""


class TrainerFailure(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
