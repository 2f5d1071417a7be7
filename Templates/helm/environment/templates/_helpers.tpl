{{/* Attributes of the load balancer, as one line that is the same in every Ingress. */}}
{{- define "environment.attributes" -}}
routing.http.drop_invalid_header_fields.enabled=true,deletion_protection.enabled={{ .deletionProtection }}
{{- with .accessLogs }}
{{- if .bucket }},access_logs.s3.enabled=true,access_logs.s3.bucket={{ .bucket }}
{{- if .prefix }},access_logs.s3.prefix={{ .prefix }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}
