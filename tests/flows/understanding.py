"""Fixtures: what understands speech, the rules alone and with a hostile model beside them, and a stage to use it on.

Reuse them: ``from tests.flows.understanding import *``.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from inference.llm.basic import BasicStructurer
from inference.llm.contract import Structurer
from tests.flows.hostile import EAGER, Model, misled, serving
from tests.flows.stage import Stage, staged

__all__ = ["Stages", "model", "rules", "served_model", "stages", "structurer"]

Stages = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture(scope="module")
def rules() -> BasicStructurer:
    structurer = BasicStructurer()
    asyncio.run(structurer.warm_up())
    return structurer


@pytest.fixture(scope="module")
def served_model() -> Iterator[Model]:
    with serving(Model()) as model:
        yield model


@pytest.fixture
def model(served_model: Model) -> Model:
    served_model.answer = EAGER
    served_model.asked.clear()
    return served_model


@pytest.fixture(params=["basic", "hostile"])
async def structurer(request: pytest.FixtureRequest, rules: BasicStructurer, model: Model) -> AsyncIterator[Structurer]:
    """The rules alone, and with a model that says "post" whatever it is asked."""
    if request.param == "basic":
        yield rules
        return
    async with misled(model, rules) as hostile:
        yield hostile


@pytest.fixture
def stages(sqlite_template: Path, tmp_path: Path) -> Stages:
    return lambda structurer, script=(), **more: staged(sqlite_template, tmp_path, structurer, script, **more)
