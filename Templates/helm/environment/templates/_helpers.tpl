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
