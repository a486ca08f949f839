"""An environment of OpenEnv's: a number between 0 and 99 is to be guessed. Also says how many episodes it has begun and ended."""

import random
import sys

import uvicorn
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field

begun = 0
ended = 0


class Guess(Action):
    number: int = Field(ge=0, le=99, description="What the number may be.")


class Hint(Observation):
    hint: str


class Guessing(Environment[Guess, Hint, State]):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._state = State()
        self._number = 0
        self._playing = False

    def reset(self, seed=None, episode_id=None, **kwargs):
        global begun
        begun += 1
        self._playing = True
        self._state = State(episode_id=episode_id, step_count=0)
        self._number = (random if seed is None else random.Random(seed)).randint(0, 99)
        return Hint(hint=f"Guess the number of game {seed}.")

    def step(self, action, timeout_s=None, **kwargs):
        self._state.step_count += 1
        if action.number == 13:
            raise RuntimeError("13 breaks it")
        if action.number == self._number:
            return Hint(hint="right", reward=1.0, done=True)
        side = "higher" if action.number < self._number else "lower"
        # A game that is not the same each time it is played, where it is asked for.
        chance = f" {random.random()}" if action.number == 99 else ""
        return Hint(hint=f"{side} after {self._state.step_count}{chance}", reward=-0.25, done=False)

    @property
    def state(self):
        return self._state

    def close(self):
        global ended
        if self._playing:
            ended += 1


app = create_app(Guessing, Guess, Hint, env_name="guessing", max_concurrent_envs=int(sys.argv[2]))


@app.get("/episodes")
def episodes():
    return {"begun": begun, "ended": ended}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="info")
