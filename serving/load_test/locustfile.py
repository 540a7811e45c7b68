"""A locustfile: a model's real test rows, sent to a running gateway.

    SLIPWAY_LOCUST_MODEL=titanic locust -f serving/load_test/locustfile.py --host http://127.0.0.1:8080

Locust's users wait for an answer before their next request, so its latencies look better under overload than those of
`slipway loadtest`. $SLIPWAY_HOME is where the model was pushed; $SLIPWAY_API_KEY is the gateway's key, if it needs one.
"""

import os
from itertools import cycle

from locust import FastHttpUser, constant_throughput, task

from prediction import split_rows
from registry import pushed
from schemas.errors import InputError
from schemas.home import Home
from schemas.model_card import ModelCard

_ROWS = 1000
_REQUESTS_A_SECOND = 10  # of one user


def _model() -> ModelCard:
    name = os.environ.get("SLIPWAY_LOCUST_MODEL")
    if not name:
        raise InputError("SLIPWAY_LOCUST_MODEL is not set; it names the model that is asked, such as titanic")
    return ModelCard.read(pushed.find(Home.from_environment().models(name), name))


CARD = _model()
# Shared by all users of a worker: they are greenlets, which never switch inside next().
INPUTS = cycle([row.json_input() for row in split_rows.rows(CARD, _ROWS)])


class Caller(FastHttpUser):
    """A user that sends one row after the other."""

    wait_time = constant_throughput(_REQUESTS_A_SECOND)

    def on_start(self) -> None:
        """Sets the header of $SLIPWAY_API_KEY; Locust calls it once per user."""
        key = os.environ.get("SLIPWAY_API_KEY")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    @task
    def predict(self) -> None:
        """One prediction of the next row; an answer without ``output`` counts as a failure."""
        path = f"/v1/models/{CARD.name}/predict"
        with self.rest("POST", path, json={"input": next(INPUTS)}, headers=self._headers) as answer:
            if answer.js is not None and "output" not in answer.js:
                answer.failure(f"no output in {answer.js}")
