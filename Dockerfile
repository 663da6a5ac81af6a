# Build: everything that is needed to compile, and /runtime, which is all that runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json rolldown.config.ts ./
COPY scripts/bundle-page.ts scripts/bundled-packages.ts scripts/plain-exports.ts scripts/
COPY src src
RUN npm run build
# One package stands outside the bundle: bufferutil (masking in native code). Scanners of images read sbom.cdx.json.
RUN mkdir /runtime && cp package.json /runtime/ \
  && mkdir /runtime/dist && cp -r dist/bundle dist/page dist/sbom.cdx.json dist/THIRD-PARTY-LICENSES.txt /runtime/dist/ \
  && npm query "#bufferutil, #bufferutil *" >/tmp/packages.json \
  && node -e "for (const { location } of require('/tmp/packages.json')) fs.cpSync(location, '/runtime/' + location, { recursive: true })"
COPY bin /runtime/bin
COPY examples /runtime/examples
COPY LICENSE /runtime/
# A checkout may have come without the executable bit (Windows), or under a umask that hides it from others.
RUN chmod -R a+rX,go-w /runtime && chmod a+x /runtime/bin/mcp-pipe.js

# uv and uvx, for servers that come from PyPI. Its wheels are there for amd64 and arm64.
FROM node:24-bookworm-slim AS uv
ARG UV_VERSION=0.13.9
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3-pip \
  && pip install --no-cache-dir --no-deps --target /opt/uv "uv==$UV_VERSION"

FROM node:24-bookworm-slim
# python3: for servers that are Python scripts, and for uvx. tini: reaps what a server's own children leave behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates python3 tini \
  && apt-get clean \
  && rm -rf /var/lib/apt/lists/*
COPY --from=uv /opt/uv/bin/uv /opt/uv/bin/uvx /usr/local/bin/
# What is written while it runs has four places: downloads (/cache), what servers want to keep (/home/mcp), keys that replicas
# share (/keys), and the control socket and lock files (/run/mcp-pipe), worth nothing without the container's processes. A new named volume takes over their owner.
RUN useradd --uid 1001 --create-home --shell /usr/sbin/nologin mcp \
  && install -d -o 1001 -g 1001 -m 0700 /cache /keys /run/mcp-pipe
# MCP_PIPE_CONTAINER: errors of the configuration say what to type on the host.
ENV NODE_ENV=production \
  MCP_PIPE_CONTAINER=1 \
  HOME=/home/mcp \
  XDG_CACHE_HOME=/cache \
  npm_config_cache=/cache/npm \
  npm_config_update_notifier=false \
  UV_CACHE_DIR=/cache/uv \
  UV_PYTHON_INSTALL_DIR=/cache/python \
  UV_SYSTEM_CERTS=1 \
  MCP_PIPE_CONTROL=/run/mcp-pipe/control.sock \
  MCP_PIPE_STATE=/run/mcp-pipe \
  MCP_PIPE_RECORDS=/home/mcp/.mcp-pipe
WORKDIR /app
COPY --from=build /runtime ./
RUN ln -s /app/bin/mcp-pipe.js /usr/local/bin/mcp-pipe
LABEL org.opencontainers.image.title="mcp-pipe" \
  org.opencontainers.image.description="Keeps MCP servers connected to WebSocket endpoints, and says truthfully why one is down." \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
USER 1001
# Unhealthy when no link can work; `mcp-pipe health` says which, and why.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=2 CMD ["mcp-pipe", "health"]
# The configuration is mounted at /app/mcp_config.json.
# A signal must not open Node's inspector, which shows tokens to whoever shares the network of the container.
ENTRYPOINT ["tini", "--", "node", "--disable-sigusr1", "/app/bin/mcp-pipe.js"]
