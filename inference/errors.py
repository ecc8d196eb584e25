"""What can go wrong inside an engine, and whose fault it is.

    InferenceError
    ├── BadAudio          the caller's file or samples: fix the input, never retried
    ├── ModelMissing      the installation: install or name a model, never retried
    ├── DeviceMissing     the settings: name another device, never retried
    ├── ModelDamaged      the installation: reinstall the model, never retried
    ├── EngineBusy        load: try again later, retried
    ├── EngineFailed      the engine broke on this request: retried
    ├── EndpointRefused   the settings of a remote endpoint: mend the key, model or address, never retried
    └── EndpointDown      a remote endpoint did not answer: retried, or another engine takes over

Every message ends with what the person can do.
"""


class InferenceError(Exception):
    """Base of all engine errors. ``retryable`` says whether the same request may succeed later."""

    retryable: bool = False


class BadAudio(InferenceError):
    """The audio can't be used: not audio, empty, truncated or of the wrong shape."""


class ModelMissing(InferenceError):
    """No model of that name is on this machine and it can't be fetched."""


class DeviceMissing(InferenceError):
    """The device that a model was to run on is not there or can't be used."""


class ModelDamaged(InferenceError):
    """A model file does not have the SHA-256 its maker published."""


class EngineBusy(InferenceError):
    """The queue of the engine is full."""

    retryable = True


class EngineFailed(InferenceError):
    """The engine raised while it worked on this request."""

    retryable = True


class EndpointRefused(InferenceError):
    """A remote model endpoint does not take our key or our requests."""


class EndpointDown(InferenceError):
    """A remote model endpoint is unreachable, too slow, has no room for us or answers nonsense."""

    retryable = True
