"""How many requests does a server answer, and how soon? rolecall and moto_server side by side under wrk."""
