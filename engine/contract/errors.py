"""The one tree of errors. A message is a sentence for a sound designer: what happened, to what, what to do."""


class EngineError(Exception):
    """Any error that the engine can report to the user."""


class InvalidInputError(EngineError):
    """A value, path or option from the user cannot be used."""


class SceneError(InvalidInputError):
    """An edit of a scene, or a project file, asks for something that cannot be."""


class MediaError(EngineError):
    """A film or sound file cannot be read."""


class ExportError(EngineError):
    """A result could not be written."""


class DeviceError(EngineError):
    """A sound device or a compute device cannot be opened or has gone away."""


class CheckpointError(EngineError):
    """Weights are missing, damaged, or do not fit the model."""


class CancelledError(EngineError):
    """The user cancelled a long task; no partial file is left."""


class WorkerError(EngineError):
    """A background process or thread stopped when it should not have."""


def reason_of(error: BaseException) -> str:
    """Return why something failed, in words that fit after a colon: "no space left on device", "too little memory".

    It contains no Python names and no file names: the caller says what failed. The traceback belongs in the log.
    """
    if isinstance(error, EngineError):
        return str(error).rstrip(".")
    if isinstance(error, MemoryError):
        return "too little memory, close other programs"
    if isinstance(error, OSError):
        words = error.strerror or (str(error) if type(error) is OSError else "")
        if words:
            return words[0].lower() + words[1:]
    return "an internal error in SwanSphere"
