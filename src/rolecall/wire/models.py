"""botocore's service models as data: which operations exist, and the shapes of their parameters and answers.

Models are read from botocore's own files only (never from ~/.aws/models, where a user's copy could change what is
enforced), lazily and once. `Compiled` turns a shape into a function once and remembers it; recursive shapes meet
themselves there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Generic, TypeVar

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

F = TypeVar("F", bound=Callable[..., Any])

_LOADER: Final = Loader(
    extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False, include_default_extras=False
)


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service by botocore's name."""
    return ServiceModel(_LOADER.load_service_model(service, "service-2"), service)


@cache
def operation_names(service: str) -> frozenset[str]:
    return frozenset(service_model(service).operation_names)


@cache
def operation(service: str, name: str) -> OperationModel:
    """The model of an operation that exists (see `operation_names`)."""
    return service_model(service).operation_model(name)


@cache
def error_shapes(service: str) -> Mapping[str, StructureShape]:
    """The error shapes of a service by the code they have on the wire, and by their own name."""
    found: dict[str, StructureShape] = {}
    for shape in service_model(service).error_shapes:
        assert isinstance(shape, StructureShape)
        found.setdefault(shape.name, shape)
        found[shape.error_code] = shape
    return found


def wire_name(member: Shape, name: str) -> str:
    """What a member of a structure is called on the wire."""
    return str(member.serialization.get("name", name))


class Compiled(Generic[F]):
    """Functions made from shapes, one for each shape and the traits that change its form.

    A subclass gives `compile`. The function of a shape that contains itself is looked up when it is called.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[str, str | None, bool], F] = {}
        self._fresh: dict[tuple[str, str | None, bool], F] = {}
        self._lock = threading.RLock()
        self._depth = 0

    def of(self, shape: Shape) -> F:
        key = (
            shape.name,
            shape.serialization.get("timestampFormat"),
            bool(shape.serialization.get("flattened")),
        )
        known = self._made.get(key)
        return self._make(key, shape) if known is None else known

    def _make(self, key: tuple[str, str | None, bool], shape: Shape) -> F:
        """One thread at a time. What is made becomes known when all that it needs is: nobody else calls a
        function that leads to one which is still being made."""
        with self._lock:
            known = self._made.get(key) or self._fresh.get(key)
            if known is not None:
                return known
            made = self._made

            def forward(*arguments: Any) -> Any:
                return made[key](*arguments)

            self._fresh[key] = forward  # type: ignore[assignment]  # an F while the real one is being made
            self._depth += 1
            try:
                self._fresh[key] = self.compile(shape)
            except BaseException:
                self._fresh.clear()
                raise
            finally:
                self._depth -= 1
            found = self._fresh[key]
            if self._depth == 0:
                made.update(self._fresh)
                self._fresh.clear()
            return found

    def compile(self, shape: Shape) -> F:
        raise NotImplementedError
