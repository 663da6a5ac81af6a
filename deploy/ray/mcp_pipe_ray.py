"""Replicas of mcp-pipe's gateway as a deployment of Ray Serve, which places them, counts them and starts them anew.

    serve run serve.yaml            # in this folder; docs/ray.md

Each replica starts `mcp-pipe` on a free port and hands every request on as it is: Streamable HTTP, events as they come, HTTP+SSE and
WebSocket. An id of a session begins with the name of its replica; Serve sends a request to any of them, and one that it does not
belong to sends it to the one that has it.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import shlex
import signal
import sys
import tempfile
import time

import aiohttp
import ray
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response, StreamingResponse
from ray import serve

# RFC 9110 §7.6.1: they belong to one connection.
OF_ONE_CONNECTION = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}
OF_A_WEB_SOCKET = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-protocol"}
# A large configuration downloads its servers at the first start.
STARTS_WITHIN_S = 180
# A replica of which nothing works for so long is started anew. Shorter would start anew what is only slow to come back.
DOWN_FOR_S = 120
PR_SET_PDEATHSIG = 1

api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


@ray.remote(num_cpus=0)
class Places:
    """Where each replica listens, by its name. What it has lost, each replica tells it again with its next health check."""

    def __init__(self):
        self.origins = {}

    def here(self, name, origin):
        self.origins[name] = origin

    def gone(self, name):
        self.origins.pop(name, None)

    def all(self):
        return self.origins


def places(app_name):
    return Places.options(name=f"places of {app_name}", namespace="mcp-pipe", lifetime="detached", get_if_exists=True).remote()


def with_the_parent():
    """Ends the child when the process of Ray is killed: otherwise it would hold its servers for ever. Linux only."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def named_session(request):
    """The name of the replica in the id of a session, of Streamable HTTP or of HTTP+SSE; None without one."""
    query = request.query_params
    session = request.headers.get("mcp-session-id") or query.get("session_id") or query.get("sessionId") or ""
    name, dot, _ = session.partition(".")
    return name if dot else None


@serve.deployment(
    name="gateway",
    # Open streams count as requests, and each client has one: the 5 of Serve would be five clients.
    max_ongoing_requests=1000,
    autoscaling_config={"min_replicas": 2, "max_replicas": 6, "target_ongoing_requests": 100, "upscale_delay_s": 10, "downscale_delay_s": 600},
    ray_actor_options={"num_cpus": 0.5},
    health_check_period_s=5,
    health_check_timeout_s=10,
    # Calls get 10 s and servers 5 s; streams that stay open are cut then, and their clients connect again.
    graceful_shutdown_timeout_s=30,
)
@serve.ingress(api)
class Gateway:
    async def __init__(self, command, config, environment):
        context = serve.get_replica_context()
        self.name = context.replica_id.unique_id
        self.places = places(context.app_name)
        self.known = {}
        self.down_since = None
        self.folder = tempfile.TemporaryDirectory(prefix="mcp-pipe-ray-")
        host = ray.util.get_node_ip_address()
        own = {"MCP_PIPE_REPLICA": self.name, "MCP_PIPE_HOST": host, "MCP_PIPE_PORT": "0", "MCP_PIPE_STATE": self.folder.name,
               "MCP_PIPE_CONTROL": os.path.join(self.folder.name, "control.sock")}
        self.child = await asyncio.create_subprocess_exec(
            *shlex.split(command), "--config", config, "--log-format", "json",
            env={**os.environ, **environment, **own}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, limit=2**20, preexec_fn=with_the_parent,
        )
        address = asyncio.get_running_loop().create_future()
        self.log = asyncio.create_task(self.follow(address))
        self.origin = await asyncio.wait_for(address, STARTS_WITHIN_S)
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60), auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None, connect=5),
        )
        # No request comes before this has returned.
        end = time.monotonic() + STARTS_WITHIN_S
        while await self.status("/ready") != 200:
            if time.monotonic() > end:
                raise RuntimeError(f"mcp-pipe was not ready within {STARTS_WITHIN_S} s; its log says why")
            await asyncio.sleep(0.1)
        await self.places.here.remote(self.name, self.origin)

    async def follow(self, address):
        """Its log goes to that of Ray; the first address that it names is where it listens."""
        while line := await self.child.stderr.readline():
            text = line.decode(errors="replace")
            print(text, end="", file=sys.stderr)
            if not address.done() and '"gateway-address"' in text:
                address.set_result("/".join(json.loads(text)["url"].split("/")[:3]))
        if not address.done():
            address.set_exception(RuntimeError(f"mcp-pipe has ended with exit code {await self.child.wait()}; its log says why"))

    async def status(self, path):
        """Of an answer; 0 when there is none."""
        try:
            async with self.client.get(self.origin + path, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                return answer.status
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return 0

    async def check_health(self):
        """Serve starts a replica anew after three of these in a row that raise. A server that cannot start is mended by none: hence /ready only after a while."""
        if self.child.returncode is not None:
            raise RuntimeError(f"mcp-pipe has ended with exit code {self.child.returncode}")
        ready = await self.status("/ready")
        if ready == 0:
            raise RuntimeError("mcp-pipe does not answer")
        now = time.monotonic()
        self.down_since = None if ready == 200 else self.down_since or now
        if self.down_since is not None and now - self.down_since > DOWN_FOR_S:
            raise RuntimeError(f"nothing of mcp-pipe has worked for {DOWN_FOR_S} s")
        await self.places.here.remote(self.name, self.origin)

    async def __del__(self):
        self.places.gone.remote(self.name)
        if self.child.returncode is None:
            self.child.terminate()
            await self.child.wait()
        await self.client.close()
        self.folder.cleanup()

    async def origin_of(self, request):
        """Where a request belongs. Addresses come from the replicas, never from a client; a name that nobody has is answered here, with 404."""
        name = named_session(request)
        if name is None or name == self.name:
            return self.origin
        if name not in self.known:
            self.known = await self.places.all.remote()
        return self.known.get(name, self.origin)

    async def answer(self, origin, request):
        """Of where the request belongs. A connection that is refused has carried nothing, so then another replica gets it: it begins what is new,
        and answers 404 for a session that is lost with its replica. What may have been carried out is not sent again: None."""
        body = await request.body()
        with contextlib.suppress(aiohttp.ClientError):
            with contextlib.suppress(aiohttp.ClientConnectorError):
                return await self.hand_on(origin, request, body)
            self.known = await self.places.all.remote()
            for other in {self.origin, *self.known.values()} - {origin}:
                with contextlib.suppress(aiohttp.ClientConnectorError):
                    return await self.hand_on(other, request, body)
        return None

    def headers_of(self, request, without=()):
        sent = [(name, value) for name, value in request.headers.items() if name not in OF_ONE_CONNECTION and name not in without]
        address = request.client.host if request.client else ""
        before = request.headers.get("x-forwarded-for")
        sent = [(name, value) for name, value in sent if name != "x-forwarded-for"]
        return [*sent, ("x-forwarded-for", f"{before}, {address}" if before else address)]

    def url(self, origin, request):
        path = request.scope.get("raw_path", b"").decode("latin1").split("?")[0] or request.url.path
        root = request.scope.get("root_path", "")
        path = path[len(root):] if root and path.startswith(root) else path
        return origin + path + (f"?{request.url.query}" if request.url.query else "")

    @api.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT"])
    async def http(self, request: Request):
        answer = await self.answer(await self.origin_of(request), request)
        if answer is None:
            error = {"code": -32000, "message": "This replica of mcp-pipe does not answer: try again in a few seconds."}
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 503, {"retry-after": "5"})
        told = [(name, value) for name, value in answer.headers.items() if name.lower() not in OF_ONE_CONNECTION]
        if "text/event-stream" in answer.headers.get("content-type", ""):
            response = StreamingResponse(self.events(answer), answer.status)
        else:
            try:
                response = Response(await answer.read(), answer.status)
            finally:
                answer.release()
        response.raw_headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in told]
        return response

    def hand_on(self, origin, request, body):
        return self.client.request(
            request.method, self.url(origin, request), headers=self.headers_of(request), data=body or None, allow_redirects=False,
            skip_auto_headers=["user-agent", "accept", "content-type"],
        )

    async def events(self, answer):
        try:
            async for chunk in answer.content.iter_any():
                yield chunk
        finally:
            # A client that has gone: mcp-pipe notices it at once.
            answer.close()

    @api.websocket("/{path:path}")
    async def web_socket(self, socket: WebSocket):
        offered = socket.headers.get("sec-websocket-protocol", "")
        protocols = [name.strip() for name in offered.split(",") if name.strip()]
        url = self.url(self.origin.replace("http", "ws", 1), socket)
        headers = self.headers_of(socket, OF_A_WEB_SOCKET)
        try:
            there = await self.client.ws_connect(url, headers=headers, protocols=protocols, max_msg_size=0, autoping=True)
        except aiohttp.ClientError:
            return await socket.close(1008)
        await socket.accept(there.protocol)
        directions = [asyncio.create_task(self.from_client(socket, there)), asyncio.create_task(self.to_client(there, socket))]
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in directions:
                one.cancel()
            await there.close()
            with contextlib.suppress(RuntimeError):
                await socket.close(there.close_code or 1001)

    async def from_client(self, socket, there):
        while (message := await socket.receive())["type"] == "websocket.receive":
            if message.get("text") is not None:
                await there.send_str(message["text"])
            else:
                await there.send_bytes(message["bytes"])

    async def to_client(self, there, socket):
        async for message in there:
            if message.type == aiohttp.WSMsgType.TEXT:
                await socket.send_text(message.data)
            elif message.type == aiohttp.WSMsgType.BINARY:
                await socket.send_bytes(message.data)


def app(args):
    """What serve.yaml names: `command` starts mcp-pipe, `config` is its mcp_config.json, `environment` has variables of it, such as files with keys."""
    return Gateway.bind(args.get("command", "mcp-pipe"), os.path.abspath(args["config"]), args.get("environment", {}))
