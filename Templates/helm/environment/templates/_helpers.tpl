{{/* Attributes of the load balancer, as one line: in the annotation as it is, in Auto Mode's parameters taken apart. */}}
{{- define "environment.attributes" -}}
routing.http.drop_invalid_header_fields.enabled=true,deletion_protection.enabled={{ .deletionProtection }}
{{- with .accessLogs }}
{{- if .bucket }},access_logs.s3.enabled=true,access_logs.s3.bucket={{ .bucket }}
{{- if .prefix }},access_logs.s3.prefix={{ .prefix }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The class: the controller's chart makes the first one, this chart the second. Two names, so that one cluster can have both for a while. */}}
{{- define "environment.class" -}}
{{ ternary "eks-auto-alb" "alb" .autoMode }}
{{- end -}}

{{/* Labels of what belongs to all services. */}}
{{- define "environment.labels" -}}
app.kubernetes.io/name: {{ .Release.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
app.kubernetes.io/part-of: {{ .Release.Namespace | quote }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/*
Paths of a service at the load balancer: its own, and with each stage before it. Where its own begins with a stage's name it is left
out: with /v1/products of one service and /products of another, /v1/products is the other's in stage v1. Below "/" is everything.
*/}}
{{- define "environment.paths" -}}
{{- $paths := list }}
{{- range $path := .paths }}
{{- if not (has (index (splitList "/" $path) 1) $.stages) }}{{ $paths = append $paths $path }}{{ end }}
{{- range $.stages }}{{ $paths = append $paths (printf "/%s%s" . ($path | trimSuffix "/")) }}{{ end }}
{{- end }}
{{- toJson $paths }}
{{- end -}}

{{/*
What takes the stage off again, and the service's own path where it does not want it. It fits whether the load balancer matches it
against the path alone or with the query, and leaves a path without a stage as it is.
*/}}
{{- define "environment.rewrite" -}}
{{- $quoted := list }}
{{- range .paths }}{{ $quoted = append $quoted (regexQuoteMeta .) }}{{ end }}
{{- $path := first $quoted }}
{{- if gt (len $quoted) 1 }}{{ $path = printf "(?:%s)" (join "|" $quoted) }}{{ end }}
{{- $stages := join "|" .stages }}
{{- $rewrite := dict "regex" (printf "^/(?:%s)(%s(?:[/?].*)?)$" $stages $path) "replace" "$1" }}
{{- if has "/" .paths }}
{{- $rewrite = dict "regex" (printf "^/(?:%s)(/.*)$" $stages) "replace" "$1" }}
{{- else if .takesPathOff }}
{{- $before := "" }}{{ if .stages }}{{ $before = printf "(?:/(?:%s))?" $stages }}{{ end }}
{{- $rewrite = dict "regex" (printf "^%s%s/?(.*)$" $before $path) "replace" "/$1" }}
{{- end }}
{{- list (dict "type" "url-rewrite" "urlRewriteConfig" (dict "rewrites" (list $rewrite))) | toJson }}
{{- end -}}
