"""The gateway: authenticate, authorize, dispatch, record; the server's own addresses; starting and stopping."""

from rolecall.server.run import Running, running, serve
from rolecall.server.settings import Settings, make_settings

__all__ = ["Running", "Settings", "make_settings", "running", "serve"]
