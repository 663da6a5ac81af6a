# Build: everything that is needed to compile.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

# Dependencies: only what runs.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
# python3: many MCP servers are Python scripts. tini: reaps what a server's own children leave behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates python3 tini \
  && rm -rf /var/lib/apt/lists/*
# A home of its own: npx keeps downloaded servers there.
RUN useradd --uid 1001 --create-home --shell /usr/sbin/nologin mcp
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY examples examples
RUN chmod 755 bin/mcp-pipe.js && ln -s /app/bin/mcp-pipe.js /usr/local/bin/mcp-pipe
USER 1001
# The configuration is mounted at /app/mcp_config.json.
ENTRYPOINT ["tini", "--"]
CMD ["mcp-pipe"]
