{{/* Labels of what the chart makes; selectors have the first alone. */}}
{{- define "mcp-pipe.labels" }} app.kubernetes.io/name: mcp-pipe, app.kubernetes.io/managed-by: {{ .Release.Service }}, app.kubernetes.io/instance: {{ .Release.Name }}, helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
