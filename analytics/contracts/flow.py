"""Cheapest way round a full provider: shortest augmenting paths in the small network of one scenario-year."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

TINY = 1e-9  # money differences below this are rounding, and must not make a path look shorter


@dataclass
class Network:
    """A residual network: edge e runs to `head[e]`, its reverse is e ^ 1. Flows are whole children."""

    edges_from: list[list[int]] = field(default_factory=list)
    head: list[int] = field(default_factory=list)
    room: list[int] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)

    def node(self) -> int:
        self.edges_from.append([])
        return len(self.edges_from) - 1

    def edge(self, tail: int, head: int, cost: float, room: int, flow: int) -> int:
        """An edge that carries `flow` already and has `room` for more."""
        number = len(self.head)
        self.edges_from[tail].append(number)
        self.edges_from[head].append(number + 1)
        self.head += [head, tail]
        self.room += [room, flow]
        self.cost += [cost, -cost]
        return number

    def flow(self, edge: int) -> int:
        return self.room[edge ^ 1]

    def drain(self, start: int, end: int, amount: int) -> bool:
        """Sends `amount` from start to end by successive shortest paths; False when it does not all fit.

        Exact when the flow already in the network is cheapest for its own supplies (Ahuja, Magnanti and Orlin 1993, section 9.7).
        """
        while amount > 0:
            came_by = self._shortest(start, end)
            if came_by is None:
                return False
            path, node = [], end
            while node != start:
                edge = came_by[node]
                path.append(edge)
                node = self.head[edge ^ 1]
            step = min(amount, *(self.room[edge] for edge in path))
            for edge in path:
                self.room[edge] -= step
                self.room[edge ^ 1] += step
            amount -= step
        return True

    def _shortest(self, start: int, end: int) -> list[int] | None:
        """Bellman-Ford with a queue: the edge by which each node is reached most cheaply."""
        far = float("inf")
        distance, came_by = [far] * len(self.edges_from), [-1] * len(self.edges_from)
        distance[start] = 0.0
        queue, waiting = deque([start]), {start}
        while queue:
            node = queue.popleft()
            waiting.discard(node)
            for edge in self.edges_from[node]:
                to = self.head[edge]
                if self.room[edge] > 0 and distance[node] + self.cost[edge] < distance[to] - TINY:
                    distance[to] = distance[node] + self.cost[edge]
                    came_by[to] = edge
                    if to not in waiting and to != end:
                        waiting.add(to)
                        queue.append(to)
        return came_by if distance[end] < far else None
