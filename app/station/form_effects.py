"""What a step of a form sets going once it is durable (步骤的后效). Station side.

In a task of its own; again after trouble with the store; after a restart where an earlier run did not come to it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from app.domain.form import Form, FormDef, StepDef
from app.store.ports import StoreUnavailable

log = logging.getLogger(__name__)

AGAIN_S = 5.0


class Effects:
    """`handlers` by the name a declaration gives; each must bear being called twice for one form, before and after a crash."""

    def __init__(self, kinds: Mapping[str, FormDef], get: Callable[[str, int], Awaitable[Form]]) -> None:
        self._kinds, self._get = kinds, get
        self.handlers: dict[str, Callable[[Form], Awaitable[None]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def after(self, definition: FormDef, form: Form) -> None:
        """The form was written. Whatever its last step asks for begins."""
        effect = _effect(definition, form, form.moves[-1].step)
        if effect in self.handlers:
            self._start(self._run(effect, form.kind, form.id, form))

    def waiting_states(self) -> set[str]:
        """States in which a form may wait for an effect."""
        return {step.to for definition in self._kinds.values() for step in definition.steps if step.effect}

    def resume(self, forms: Sequence[tuple[str, int]]) -> None:
        """Look at these open forms once, after a start."""
        for kind, id in forms:
            if kind in self._kinds:
                self._start(self._run(None, kind, id, None))

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, name="form effect")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, effect: str | None, kind: str, id: int, form: Form | None) -> None:
        while True:
            try:
                if form is None:
                    form = await self._get(kind, id)
                if effect is None:
                    effect = _last_effect(self._kinds[kind], form)
                if effect in self.handlers:
                    await self.handlers[effect](form)
                return
            except StoreUnavailable as error:
                log.warning("表单 %d 的 %s 没有写入，稍后再做：%s", id, effect or "后续", error)
            except Exception:
                log.exception("表单 %d 的 %s 出错", id, effect or "后续")
                return
            await asyncio.sleep(AGAIN_S)


def _effect(definition: FormDef, form: Form, code: str) -> str:
    """Of the step, when the form stands where it led to; "" for none."""
    return next((step.effect for step in definition.steps if step.code == code and step.to == form.state), "")


def _last_effect(definition: FormDef, form: Form) -> str:
    """Of the last declared step: edits and attachments may have come since."""
    declared: Iterable[StepDef] = definition.steps
    codes = {step.code for step in declared}
    last = next((move.step for move in reversed(form.moves) if move.step in codes), "")
    return _effect(definition, form, last)
