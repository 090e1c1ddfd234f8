"""Worlds in files: the accounts, principals, policies and resources that tests, seeds and analyses start from."""

from rolecall.analysis.worlds.documents import Document, Library
from rolecall.analysis.worlds.format import WorldFile
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.analysis.worlds.reading import read_world, world_in

__all__ = ["Document", "FileWorld", "Library", "WorldFile", "read_world", "world_in"]
