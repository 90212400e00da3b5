"""What is to happen when."""

import heapq
from itertools import count


class Agenda:
    """Actions by time; those of the same time in the order in which they were put in.

    An action takes no argument and returns the lines that it writes, or `None`.
    """

    def __init__(self):
        self._actions = []
        self._ordinals = count()

    def __len__(self):
        return len(self._actions)

    def put(self, at, action):
        heapq.heappush(self._actions, (at, next(self._ordinals), action))

    def due(self, until):
        """Takes out what comes before `until`, does it, and returns the lines."""
        lines = []
        while self._actions and self._actions[0][0] < until:
            lines += heapq.heappop(self._actions)[2]() or ()
        return lines
