# The shape in which most people run their servers today: the library websockets, a task for each direction, the server's output
# read line by line in threads, text decoded and encoded again. Dials again after a second, then two, four and so on.
import asyncio
import json
import subprocess
import sys

import websockets


async def to_server(socket, server):
    async for message in socket:
        server.stdin.write((message.decode() if isinstance(message, bytes) else message) + "\n")
        server.stdin.flush()


async def to_endpoint(socket, server):
    while True:
        line = await asyncio.to_thread(server.stdout.readline)
        if not line:
            return
        await socket.send(line)


async def link(entry):
    wait = 1
    while True:
        server = None
        try:
            async with websockets.connect(entry["endpoint"], max_size=None) as socket:
                wait = 1
                server = subprocess.Popen(
                    [entry["command"], *entry.get("args", [])],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    encoding="utf-8",
                )
                await asyncio.gather(to_server(socket, server), to_endpoint(socket, server))
        except (OSError, websockets.exceptions.WebSocketException) as error:
            print(error, file=sys.stderr)
        finally:
            if server:
                server.terminate()
        await asyncio.sleep(wait)
        wait = min(wait * 2, 600)


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        servers = json.load(file)["mcpServers"]
    await asyncio.gather(*(link(entry) for entry in servers.values()))


asyncio.run(main())
