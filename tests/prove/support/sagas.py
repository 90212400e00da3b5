"""Where each saga instance stands, folded from its journal in the log."""

from dataclasses import dataclass, field

PREFIX = "saga."
PACKAGE = "tidemark.saga.v1."
SETTLED = {1: "accepted", 2: "nothing", 3: "rejected"}


@dataclass
class Instance:
    """What an instance came to, without the ids and times that the run made."""

    state: str = ""
    data: str = ""
    status: str = "running"
    commands: dict = field(default_factory=dict)  # by id: type, data, outcome
    timers: dict = field(default_factory=dict)  # by id: the row's input

    def outcome(self):
        return {
            "state": self.state,
            "data": self.data,
            "status": self.status,
            "commands": sorted(self.commands.values()),
            "timers": sorted(self.timers.values()),
        }


class Sagas:
    """Takes the records of all journals in the order of the log."""

    def __init__(self, messages, data_types):
        """`data_types`: the Protobuf name of each saga's data, by the saga's name."""
        self._messages = messages
        self._data_types = data_types
        self._instances = {}
        self.made = set()  # the append ids of all that sagas wrote, their commands' events too

    def take(self, event):
        self.made.add(event.append_id)
        instance = self._instances.setdefault(event.stream, Instance())
        record = self._messages.decode(event.type, event.data)
        kind = event.type.removeprefix(PACKAGE)
        if kind == "Transitioned":
            self._transition(
                instance, record, self._data_types[event.category.removeprefix(PREFIX)]
            )
        elif kind == "CommandSettled":
            outcome = " ".join((SETTLED[record.kind], record.code)).strip()
            type_and_data = instance.commands[record.command_id][:2]
            instance.commands[record.command_id] = (*type_and_data, outcome)
        elif kind == "Suspended":
            instance.status = f"suspended: {record.code}"
        elif kind == "Resumed":
            instance.status = "running"
        elif kind in ("Paused", "Cancelled"):
            instance.status = kind.lower()

    def outcomes(self):
        return {stream: instance.outcome() for stream, instance in self._instances.items()}

    def _transition(self, instance, record, data_type):
        if record.input.kind == 4:
            instance.timers.pop(record.input.id, None)
        if not record.row:
            return
        if record.entered:
            instance.timers.clear()
        instance.timers.update({timer.id: timer.input for timer in record.armed})
        instance.state = record.to
        instance.data = self._messages.as_text(data_type, record.data)
        for command in record.commands:
            text = self._messages.as_text(command.type, command.data)
            instance.commands[command.id] = (command.type, text, "open")
