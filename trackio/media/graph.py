"""The layers of a model."""

from __future__ import annotations

from typing import Any

from trackio.errors import UsageError
from trackio.media.base import Media, Place
from trackio.media.table import LoggedTable, Table

_ATTRIBUTES = ("id", "name", "class_name", "size", "parameters", "output_shape", "is_output", "num_parameters")


class Node:
    """One layer, and what is known of it."""

    def __init__(self, *values: Any, node: Node | None = None, **named: Any) -> None:
        unknown = named.keys() - set(_ATTRIBUTES)
        if unknown or len(values) > len(_ATTRIBUTES):
            raise UsageError(f"A Node has {', '.join(_ATTRIBUTES)}; not {', '.join(sorted(unknown)) or 'so many'}.")
        of_other = {name: getattr(node, name) for name in _ATTRIBUTES[1:]} if node is not None else {}
        given = {**of_other, **dict(zip(_ATTRIBUTES, values, strict=False)), **named}
        self.id, self.name, self.class_name = given.get("id"), given.get("name"), given.get("class_name")
        self.size, self.parameters = given.get("size"), given.get("parameters")
        self.output_shape, self.is_output = given.get("output_shape"), given.get("is_output")
        self.num_parameters = given.get("num_parameters")

    def __repr__(self) -> str:
        return f"Node({self.name or self.id!r})"


class Graph(Media):
    """Layers and what leads from one to the next; kept as a table with a row for each layer."""

    def __init__(self, format: str = "keras") -> None:  # noqa: A002 - wandb's
        self.format = format
        self.nodes: list[Node] = []
        self.nodes_by_id: dict[Any, Node] = {}
        self.edges: list[tuple[Node, Node]] = []

    def __getitem__(self, nid: Any) -> Node:
        return self.nodes_by_id[nid]

    def add_node(self, node: Node | None = None, **node_kwargs: Any) -> Node:
        """Add a layer, given as a Node or by what is known of it."""
        if node is not None and node_kwargs:
            raise UsageError("add_node takes a Node, or what is known of one; not both.")
        added = Node(**node_kwargs) if node is None else node
        self.nodes.append(added)
        self.nodes_by_id[added.id] = added
        return added

    def add_edge(self, from_node: Node, to_node: Node) -> tuple[Node, Node]:
        """Say that a layer leads to another."""
        self.edges.append((from_node, to_node))
        return self.edges[-1]

    @classmethod
    def from_keras(cls, model: Any) -> Graph:
        """The layers of a Keras model, each leading to the next."""
        graph = cls()
        for layer in model.layers:
            graph.add_node(
                id=layer.name,
                name=layer.name,
                class_name=type(layer).__name__,
                output_shape=getattr(getattr(layer, "output", None), "shape", None),
                num_parameters=layer.count_params() if layer.built else None,
            )
        for before, after in zip(graph.nodes, graph.nodes[1:], strict=False):
            graph.add_edge(before, after)
        return graph

    def as_logged(self) -> LoggedTable:
        """The graph as it stands."""
        table = Table(columns=["layer", "kind", "output", "parameters", "leads to"])
        for node in self.nodes:
            ways = [str(after.name or after.id) for before, after in self.edges if before is node]
            shape = None if node.output_shape is None else str(node.output_shape)
            table.add_data(str(node.name or node.id), node.class_name, shape, node.num_parameters, ", ".join(ways))
        return table.as_logged()

    def reference(self, place: Place) -> dict[str, Any]:
        """Store the layers, and return what stands in the row."""
        return self.as_logged().reference(place)

    def __repr__(self) -> str:
        return f"Graph({len(self.nodes)} nodes)"
