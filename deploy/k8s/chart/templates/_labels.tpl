{{/* Labels of what the chart makes; selectors have the first alone. */}}
{{- define "mcp-pipe.labels" }} app.kubernetes.io/name: mcp-pipe, app.kubernetes.io/managed-by: {{ .Release.Service }}, app.kubernetes.io/instance: {{ .Release.Name }}, helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- /* Where Redis is: the one of the chart, or yours; empty without. */ -}}
{{- define "mcp-pipe.redis-url" -}}
{{- if .Values.redis.enabled }}redis://mcp-pipe-redis:6379/0{{ else }}{{ .Values.redis.url }}{{ end }}
{{- end }}
{{- define "mcp-pipe.redis-env" }}
{{- with include "mcp-pipe.redis-url" . }}
- { name: MCP_PIPE_REDIS, value: {{ . | quote }} }
- { name: MCP_PIPE_REDIS_PASSWORD_FILE, value: /run/secrets/mcp-pipe/redis_password }
{{- end }}
{{- end }}
{{- define "mcp-pipe.redis-item" }}
{{- if include "mcp-pipe.redis-url" . }}
- { key: redis_password, path: redis_password }
{{- end }}
{{- end }}
