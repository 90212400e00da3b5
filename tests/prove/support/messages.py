"""Decodes Protobuf messages by their full names, from the project's .proto files."""

import subprocess
from pathlib import Path

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message_factory,
    text_format,
)

ROOT = Path(__file__).resolve().parents[3]
INCLUDES = (
    ".",
    "framework/aggregate/include",
    "framework/admin/include",
    "framework/intake/include",
    "framework/saga/include",
)


class Messages:
    """Message classes by full name, from a serialised FileDescriptorSet."""

    def __init__(self, descriptor_set):
        pool = descriptor_pool.DescriptorPool()
        for file in descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file:
            pool.Add(file)
        self._pool = pool
        self._factory = message_factory.MessageFactory(pool)
        self._classes = {}

    @classmethod
    def of_the_project(cls):
        """Compiles what the framework and the ad platform store."""
        files = [
            *(ROOT / "domain/adtech/v1").glob("*.proto"),
            *(ROOT / "sagas/v1").glob("*.proto"),
            *(ROOT / "framework").glob("*/include/tidemark/**/*.proto"),
        ]
        command = ["protoc", "--include_imports", "--descriptor_set_out=/dev/stdout"]
        command += [f"-I{ROOT / include}" for include in INCLUDES] + [str(file) for file in files]
        return cls(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)

    def knows(self, name):
        try:
            self._pool.FindMessageTypeByName(name)
        except KeyError:
            return False
        return True

    def decode(self, name, data):
        if name not in self._classes:
            descriptor = self._pool.FindMessageTypeByName(name)
            self._classes[name] = self._factory.GetPrototype(descriptor)
        return self._classes[name].FromString(data)

    def as_dict(self, name, data):
        """Fields by name; numbers of 64 bits are texts, as in Protobuf's JSON."""
        return json_format.MessageToDict(self.decode(name, data), preserving_proto_field_name=True)

    def as_text(self, name, data):
        """One line for people."""
        if not self.knows(name):
            return data.hex()
        return text_format.MessageToString(self.decode(name, data), as_one_line=True)
