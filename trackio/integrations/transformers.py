"""A model card when a transformers ``Trainer`` has trained: ``Trainer(..., callbacks=[CardCallback(location="FRA")])``.

The released transformers records the run itself, with ``report_to="trackio"``; this adds what is known at the end.
"""

from __future__ import annotations

import inspect
from functools import wraps
from pathlib import Path
from typing import Any

import trackio
from trackio import settings
from trackio.energy.assumptions import KEYS, changed
from trackio.errors import MissingExtra, UsageError
from trackio.tracking.faults import Faults

try:
    from transformers import Trainer, TrainerCallback
except ImportError:
    raise MissingExtra("transformers", "transformers") from None

README = "README.md"


class CardCallback(TrainerCallback):
    """Puts the section of the run that was trained into a model card, each time that a training ends.

    It goes to ``README.md`` in the Trainer's ``output_dir``, to the file ``readme``, or to ``repo`` on the Hub; other
    arguments are those of ``trackio.card``. When the Trainer pushes, it writes its own card anew, with nothing left of
    the one before: the section is put into that one too.

    Of several processes the first one does it. What goes wrong costs a warning, and the training nothing.
    """

    def __init__(self, *, readme: str | Path | None = None, repo: str | None = None, **card: Any) -> None:
        if readme is not None and repo is not None:
            raise UsageError("CardCallback() puts the section into one place: pass readme= or repo=.")
        # Told now: after hours of training is late to learn of a misspelt country.
        inspect.signature(trackio.card).bind(None, None, **card)
        changed({}, {key: card.get(key) for key in KEYS})
        self._readme, self._repo, self._card = readme, repo, card
        self._run: tuple[str, str] | None = None
        self._elsewhere: tuple[str, ...] = ()
        self._trainer: Trainer | None = None
        self._faults = Faults()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Forget an earlier training."""
        self._run = None
        self._elsewhere = _elsewhere(args.world_size)
        self._remember(state)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:  # noqa: ARG002
        """With the last row of a training, log how many samples it took: the run ends before ``on_train_end``."""
        self._remember(state)
        run, samples = trackio.run, _samples(state, kwargs.get("train_dataloader"))
        if state.is_world_process_zero and "train_loss" in (logs or {}) and run is not None and samples:
            run.log({"train/samples_seen": samples}, step=run.step - 1)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        """Write the card; the run has ended by now, with all that was measured."""
        if not state.is_world_process_zero:
            return
        if self._run is None:
            self._faults.warn("run", "CardCallback found no run to make a card of: pass report_to='trackio'.")
            return
        own = Path(args.output_dir) / README
        with self._contained():
            if self._repo is not None:
                self._write(repo=self._repo, token=self._card.get("token") or args.hub_token)
            else:
                Path(self._readme or own).parent.mkdir(parents=True, exist_ok=True)
                self._write(readme=self._readme or own)
        if self._readme is None or Path(self._readme).resolve() == own.resolve():
            self._follow(own)

    def _remember(self, state: Any) -> None:
        """Which run it is: that which the Trainer's own callback has begun."""
        run = trackio.run
        if self._run is None and run is not None and state.is_world_process_zero:
            self._run = (run.project, run.id)

    def _write(self, **where: Any) -> None:
        project, run = self._run or ("", "")
        # Evaluation may go on in the same run; what was trained is done.
        known = {"is_final": True, "not_included": self._elsewhere}
        trackio.card(run, project, **{**known, **self._card, **where})

    def _follow(self, own: Path) -> None:
        """Put the section into the card again each time after the Trainer has written its own."""
        trainer = _trainer(self)
        if trainer is None or trainer is self._trainer:
            return
        self._trainer = trainer
        written = trainer.create_model_card

        @wraps(written)
        def create_model_card(*args: Any, **kwargs: Any) -> Any:
            answer = written(*args, **kwargs)
            if trainer.is_world_process_zero():
                with self._contained():
                    self._write(readme=own)
            return answer

        trainer.create_model_card = create_model_card

    def _contained(self) -> Any:
        return self._faults.contained("card", "the model card has no section of this run")


def _trainer(callback: CardCallback) -> Trainer | None:
    """The trainer that is calling: it gives its callbacks everything but itself."""
    frame = inspect.currentframe()
    while frame is not None:
        found = frame.f_locals.get("self")
        if isinstance(found, Trainer) and callback in found.callback_handler.callbacks:
            return found
        frame = frame.f_back
    return None


def _elsewhere(processes: int) -> tuple[str, ...]:
    """The machines that nobody measured: the Trainer's run is that of one process on one of them."""
    here = settings.text("LOCAL_WORLD_SIZE")
    machines = -(-processes // max(1, int(here))) if here is not None and here.isdecimal() else 1
    return () if machines < 2 else ("the other machine" if machines == 2 else f"{machines - 1} other machines",)


def _samples(state: Any, data: Any) -> int | None:
    """Epochs times the samples of one, as the Trainer counts them; None where nobody knows how many one has."""
    try:
        count: int = round(state.epoch * len(data.dataset))
    except (AttributeError, TypeError):
        return None
    return count
