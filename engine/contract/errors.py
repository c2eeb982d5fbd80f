"""The one tree of errors. A message is a sentence for a sound designer: what happened, to what, what to do."""


class EngineError(Exception):
    """Anything that the engine can tell a person about."""


class InvalidInputError(EngineError):
    """A value, path or option that the person gave cannot be used."""


class MediaError(EngineError):
    """A film or sound file cannot be read."""


class ExportError(EngineError):
    """A result could not be written."""


class DeviceError(EngineError):
    """A sound device or a compute device cannot be opened or has gone away."""


class CheckpointError(EngineError):
    """Weights are missing, damaged, or do not fit the model."""


class CancelledError(EngineError):
    """The person cancelled a long task; nothing half-written is left."""


class WorkerError(EngineError):
    """A background process or thread stopped when it should not have."""
