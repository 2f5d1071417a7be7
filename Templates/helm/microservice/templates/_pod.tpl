{{/* What asks a container how it is: what the values say, else its main port by what that speaks. */}}
{{- define "microservice.readiness" -}}
{{- if .Values.probes.readiness -}}
{{ toYaml .Values.probes.readiness }}
{{- else if eq .Values.protocol "http" -}}
httpGet:
  path: {{ .Values.healthPath | quote }}
  port: http
{{- else if eq .Values.protocol "grpc" -}}
grpc:
  port: {{ .Values.port }}
{{- else -}}
tcpSocket:
  port: {{ .Values.protocol }}
{{- end -}}
{{- end -}}

{{/* Names under which the driver has what becomes a variable or a part of one, each once, as JSON. */}}
{{- define "microservice.secretKeys" -}}
{{- $keys := list -}}
{{- range .Values.secrets.env -}}
{{- if .key -}}{{- $keys = append $keys .key -}}{{- end -}}
{{- range .parts -}}{{- if .key -}}{{- $keys = append $keys .key -}}{{- end -}}{{- end -}}
{{- end -}}
{{ $keys | uniq | toJson }}
{{- end -}}

{{/* Variables with secrets. Of those that are put together each part is a variable of its own first: Kubernetes fills in $(NAME). */}}
{{- define "microservice.secretEnv" -}}
{{- $secret := printf "%s-secrets" .Values.name -}}
{{- $parts := list -}}
{{- range .Values.secrets.env -}}{{- range .parts -}}{{- if .key -}}{{- $parts = append $parts .key -}}{{- end -}}{{- end -}}{{- end -}}
{{- range $parts | uniq }}
- name: PORTAL_{{ . | replace "-" "_" | upper }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret | quote }}
      key: {{ . }}
{{- end }}
{{- range .Values.secrets.env }}
- name: {{ .name | quote }}
  {{- if .key }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret | quote }}
      key: {{ .key }}
  {{- else }}
  value: {{ include "microservice.secretText" . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "microservice.secretText" -}}
{{- range .parts -}}
{{- if .key -}}$(PORTAL_{{ .key | replace "-" "_" | upper }}){{- else -}}{{ include "microservice.text" .text | replace "$" "$$" }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The pods of every kind of workload. */}}
{{- define "microservice.pod" -}}
{{- $listens := eq .Values.kind "service" -}}
{{- $ends := has .Values.kind (list "schedule" "job") -}}
{{- $low := false -}}
{{- if $listens -}}
{{- $low = lt (int .Values.port) 1024 -}}
{{- range .Values.ports -}}{{- if lt (int .port) 1024 -}}{{- $low = true -}}{{- end -}}{{- end -}}
{{- end -}}
metadata:
  # Only what never changes: a new label would restart every pod.
  labels:
    {{- include "microservice.selector" . | nindent 4 }}
  annotations:
    # Pods read their environment at start only: changed settings mean new pods, a few at a time.
    checksum/settings: {{ toJson .Values.settings | sha256sum | quote }}
    {{- if .Values.files }}
    checksum/files: {{ toJson .Values.files | sha256sum | quote }}
    {{- end }}
    {{- if .Values.secrets }}
    checksum/secrets: {{ toJson .Values.secrets | sha256sum | quote }}
    {{- end }}
spec:
  {{- if $ends }}
  # Each try is a pod of its own, and what it wrote stays to be read.
  restartPolicy: Never
  {{- end }}
  serviceAccountName: {{ .Values.serviceAccountName | quote }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- if and .Values.secrets .Values.secrets.pull }}
  imagePullSecrets:
    - name: {{ printf "%s-pull" .Values.name | quote }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int .Values.graceSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: {{ int64 .Values.runAsUser }}
    runAsGroup: {{ int64 .Values.runAsUser }}
    fsGroup: {{ int64 .Values.runAsUser }}
    seccompProfile:
      type: RuntimeDefault
    {{- if $low }}
    # Nobody but root may listen on a low port otherwise; safe by the restricted Pod Security Standard.
    sysctls:
      - name: net.ipv4.ip_unprivileged_port_start
        value: "0"
    {{- end }}
  {{- if not $ends }}
  # Of each revision by itself, else a rolling update leaves the new pods where the old ones were not.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "microservice.selector" . | nindent 10 }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "microservice.selector" . | nindent 10 }}
  {{- end }}
  containers:
    - name: {{ .Values.name | quote }}
      image: {{ .Values.image | quote }}
      imagePullPolicy: IfNotPresent
      {{- with .Values.command }}
      command: {{ toJson . }}
      {{- end }}
      {{- with .Values.args }}
      args: {{ toJson . }}
      {{- end }}
      {{- if $listens }}
      ports:
        - name: {{ .Values.protocol }}
          containerPort: {{ .Values.port }}
          protocol: TCP
        {{- range .Values.ports }}
        - name: {{ .name | quote }}
          containerPort: {{ .port }}
          protocol: TCP
        {{- end }}
      {{- end }}
      envFrom:
        - configMapRef:
            name: {{ .Values.name | quote }}
      {{- if and .Values.secrets .Values.secrets.env }}
      env:
        {{- include "microservice.secretEnv" . | trim | nindent 8 }}
      {{- end }}
      {{- if $listens }}
      lifecycle:
        # The load balancer goes on sending for a moment after the pod was told to stop.
        preStop:
          sleep:
            seconds: 15
      {{- end }}
      {{- if or $listens .Values.probes.startup .Values.probes.readiness }}
      startupProbe:
        {{- if .Values.probes.startup }}
        {{- toYaml .Values.probes.startup | nindent 8 }}
        {{- else }}
        {{- include "microservice.readiness" . | nindent 8 }}
        {{- end }}
        periodSeconds: 3
        failureThreshold: {{ ceil (divf (float64 .Values.startSeconds) 3) | int }}
      {{- end }}
      {{- if or $listens .Values.probes.readiness }}
      readinessProbe:
        {{- include "microservice.readiness" . | nindent 8 }}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 3
      {{- end }}
      {{- if or $listens .Values.probes.liveness }}
      # Only whether it accepts connections, unless the values say more: were it the health path, a database that is away
      # for a minute would have every pod restarted.
      livenessProbe:
        {{- if .Values.probes.liveness }}
        {{- toYaml .Values.probes.liveness | nindent 8 }}
        {{- else if .Values.livenessPath }}
        httpGet:
          path: {{ .Values.livenessPath | quote }}
          port: {{ .Values.protocol }}
        {{- else }}
        tcpSocket:
          port: {{ .Values.protocol }}
        {{- end }}
        periodSeconds: 15
        timeoutSeconds: 3
        failureThreshold: 4
      {{- end }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      {{- if or .Values.writableDirectories .Values.files .Values.secrets }}
      volumeMounts:
        {{- range $index, $directory := .Values.writableDirectories }}
        - name: writable-{{ $index }}
          mountPath: {{ $directory | quote }}
        {{- end }}
        {{- range $index, $file := .Values.files }}
        - name: files
          mountPath: {{ $file.path | quote }}
          subPath: file-{{ $index }}
          readOnly: true
        {{- end }}
        {{- with .Values.secrets }}
        # A volume that no container mounts is not made, and neither is the Secret of the variables.
        - name: from-aws
          mountPath: /mnt/secrets-store
          readOnly: true
        {{- range .files }}
        - name: from-aws
          mountPath: {{ .path | quote }}
          subPath: {{ .key }}
          readOnly: true
        {{- end }}
        {{- end }}
      {{- end }}
  {{- if or .Values.writableDirectories .Values.files .Values.secrets }}
  volumes:
    {{- if .Values.secrets }}
    - name: from-aws
      csi:
        driver: secrets-store.csi.k8s.io
        readOnly: true
        volumeAttributes:
          secretProviderClass: {{ .Values.name | quote }}
    {{- end }}
    {{- if .Values.files }}
    - name: files
      configMap:
        name: {{ printf "%s-files" .Values.name | quote }}
    {{- end }}
    {{- range $index, $directory := .Values.writableDirectories }}
    - name: writable-{{ $index }}
      emptyDir:
        sizeLimit: 256Mi
    {{- end }}
  {{- end }}
{{- end -}}
