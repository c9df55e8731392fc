"""YAML files read strictly: every fault names its file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from worker.domain.errors import RuleError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Model = TypeVar("_Model", bound=BaseModel)


class FileModel(BaseModel):
    """What a rule file of some kind may hold; an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_yaml(file: Path, model: type[_Model]) -> _Model:
    """``file`` checked strictly against ``model``; RuleError names the file, the key and what is wrong."""
    try:
        data: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe loader, in C
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file} could not be read: {error}.") from error
    except yaml.YAMLError as error:
        raise RuleError(f"{file} is not valid YAML: {' '.join(str(error).split())}.") from error
    try:
        return model.model_validate({} if data is None else data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        keys = ".".join(str(part) for part in fault["loc"]) or "the file"
        said = "is not a known key; remove or correct it" if fault["type"] == "extra_forbidden" else fault["msg"]
        raise RuleError(f"{file}: {keys}: {said}.") from error
