"""The base of every model of the scene language: frozen, unknown keys refused with the nearest name."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import core_schema

from brainreel.errors import SceneError
from brainreel.scene.faults import Fault, faults_of, nearest

VERSION = "0.1"


class _Raises(type(BaseModel)):
    """Constructing a model in Python raises SceneError, as reading a scene does."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except ValidationError as error:
            sentences = [fault.sentence() for fault in faults_of(error)]
            raise SceneError("\n".join(f"{cls.__name__}: {sentence}" for sentence in sentences)) from None


class Model(BaseModel, metaclass=_Raises):
    """A mapping of the scene. `later` are keys of the language that this version does not draw, and what it does."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    later: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _know_the_keys(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise Fault(f"expects a mapping with the keys {', '.join(cls.written_keys())}", value=value)
        for key in value:
            cls.check_key(key)
        return value

    @classmethod
    def written_keys(cls) -> list[str]:
        """The keys as a scene writes them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def check_key(cls, key: Any) -> None:
        """Raise Fault where this version knows no such key."""
        if key in cls.later:
            raise Fault(f"is not in this version ({VERSION}); {cls.later[key]}", (str(key),))
        if key not in cls.written_keys() and key not in cls.model_fields:
            raise Fault(f"is no key here; {nearest(key, (*cls.written_keys(), *cls.later))}", (str(key),))


class Reads:
    """Put into `Annotated`: `read` turns what was written into what pydantic then checks for its JSON schema only.

    `short` are JSON schemas of the short forms that `read` takes beside the annotated type; `written` turns the JSON
    schema of that type into the one of how it is written.
    """

    def __init__(
        self,
        read: Callable[[Any], Any],
        *short: dict[str, Any],
        written: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self.read, self.short, self.written = read, short, written

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(lambda value, _: self.read(value), handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        inner = self.written(handler(schema))
        return {"anyOf": [*self.short, inner]} if self.short else inner


def also_written(**keys: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra`: `keys` that a file may write, which something else stands for once it is read."""

    def add(schema: dict[str, Any]) -> None:
        schema["properties"].update(keys)

    return add


def first_of_union(schema: dict[str, Any]) -> dict[str, Any]:
    """The model in a union of a model and its short form, which has a schema of its own."""
    return schema["anyOf"][0]


def plain_text(model: type[BaseModel], field: str) -> Callable[[Any], Any]:
    """A reader of `model` that takes bare text as its `field`."""

    def read(value: Any) -> Any:
        if isinstance(value, model):
            return value
        return model.model_validate({field: value} if isinstance(value, str) else value)

    return read


def one_of(kinds: Mapping[str, type[Model]], later: Mapping[str, str], what: str) -> Callable[[Any], Any]:
    """A reader of a mapping that has exactly one of the keys of `kinds`, which tells its model."""
    models = tuple(kinds.values())

    def read(value: Any) -> Any:
        if isinstance(value, models):
            return value
        if not isinstance(value, Mapping):
            raise Fault(f"expects {what} with one of the keys {', '.join(kinds)}", value=value)
        for key in later:
            if key in value:
                raise Fault(f"is not in this version ({VERSION}); {later[key]}", (key,))
        found = [key for key in kinds if key in value]
        if len(found) != 1:
            raise Fault(_not_one(found, value, kinds, later, what))
        return kinds[found[0]].model_validate(value)

    return read


def _not_one(found: list[str], value: Mapping, kinds: Mapping, later: Mapping, what: str) -> str:
    if found:
        return f"is {' and '.join(found)} at once; {what} has exactly one of {', '.join(kinds)}"
    known = {key for kind in kinds.values() for key in kind.written_keys()}
    strange = next((key for key in value if key not in known), None)
    hint = f"; {strange}: {nearest(strange, (*kinds, *later))}" if strange is not None else ""
    return f"{what} has exactly one of {', '.join(kinds)}, this has none{hint}"
