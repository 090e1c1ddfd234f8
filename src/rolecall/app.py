"""The whole application as ASGI: the gateway now, and the console beside it when there is one.

For servers that are not ours: `uvicorn --factory rolecall.app:application` reads its settings from ROLECALL_….
"""

from __future__ import annotations

from rolecall.server.asgi import AsgiApplication
from rolecall.server.assembly import Server
from rolecall.server.run import application as gateway_application
from rolecall.server.settings import make_settings


def application() -> AsgiApplication:
    return gateway_application(Server(make_settings()))
