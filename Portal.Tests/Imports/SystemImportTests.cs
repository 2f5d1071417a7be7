using Portal.Core.Imports;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Imports;

public sealed class SystemImportTests
{
    private const string Compose = """
        services:
          web:
            image: ${REGISTRY:-ghcr.io}/shop/web:${TAG}
            ports: ["80:8080"]
            environment:
              ORDERS_URL: http://orders:9000
              CATALOG_ADDR: catalog:7000
              GREETING: orders for all
            depends_on: [orders]
            logging: &quiet { driver: json-file }
          orders:
            image: shop/orders:2
            environment:
              - DB_URL=jdbc:postgresql://shop:letmein@orders-db:5432/orders
              - DB_USER=catalog
              - DB_PASSWORD=letmein
              - JAVA_OPTS=-Xmx128m
            command: serve --port "9000"
            expose: ["9000"]
            healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:9000/ready"] }
            deploy: { replicas: 3, resources: { limits: { cpus: "0.5", memory: 256M }, reservations: { memory: 64M } } }
            tmpfs: /var/cache
            logging: *quiet
          orders-db:
            image: docker.io/library/postgres:17@sha256:0123456789abcdef
            volumes: ["data:/var/lib/postgresql"]
          catalog:
            image: shop/catalog:1
            expose: [7000]
          mailer:
            image: shop/mailer:1
            user: "1000:1000"
            gpus: all
        volumes: { data: {} }
        """;

    private static readonly SystemImport s_import = new(Samples.Catalog);

    [Fact]
    public void Read_ComposeFile_MakesServicesThatKnowEachOther()
    {
        var read = s_import.Read(Compose, "TAG=1.4\n# not this\nREGISTRY=\"registry.example.com\"").Value.ShouldNotBeNull();

        read.Format.ShouldBe("Compose file");
        read.Services.Select(service => service.Name).ShouldBe(["web", "orders", "catalog", "mailer"]);
        var web = read.Services[0];
        web.Image.ShouldBe("registry.example.com/shop/web:1.4");
        (web.Port, web.Exposure, web.Path).ShouldBe((8080, Exposure.Public, "/"));
        web.Calls.ShouldBe(["catalog", "orders"]);
        web.Variables.ShouldBe([
            new Variable("CATALOG_ADDR", "${service.catalog.host}:${service.catalog.port}"),
            new Variable("GREETING", "orders for all"),
        ]);
    }

    [Fact]
    public void Read_ComposeFile_MakesAStoreOfADatabaseAndTakesNoSecretOver()
    {
        var read = s_import.Read(Compose).Value.ShouldNotBeNull();

        var orders = read.Services[1];
        orders.Stores.ShouldHaveSingleItem().Type.ShouldBe("aurora-postgresql");
        orders.Variables.ShouldBe([
            new Variable("DB_URL", "jdbc:postgresql://${store.DATABASE_HOST}:${store.DATABASE_PORT}/orders"),
            new Variable("DB_USER", "catalog"),
            new Variable("JAVA_OPTS", "-Xmx128m"),
        ]);
        orders.Calls.ShouldBeEmpty();
        orders.Runtime.Arguments.ShouldBe(["serve", "--port", "9000"]);
        (orders.Replicas, orders.HealthPath, orders.Runtime.Cpu, orders.Runtime.Memory, orders.Runtime.MemoryLimit).ShouldBe((3, "/ready", 500, 62, 245));
        orders.Runtime.WritableFolders.ShouldBe(["/tmp", "/var/cache"]);
        string.Join('\n', read.Notes.Select(note => note.Text)).ShouldNotContain("letmein", Case.Sensitive);
        read.Notes.ShouldContain(note => note.Subject == "orders" && note.Text.StartsWith("DB_PASSWORD looks like a secret", StringComparison.Ordinal));
        read.Notes.ShouldContain(note => note.Subject == "orders-db" && note.Text.StartsWith("becomes a store of orders, Aurora PostgreSQL.", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ComposeFile_NamesWhatItDoesNotTakeOver()
    {
        var notes = s_import.Read(Compose).Value.ShouldNotBeNull().Notes;

        notes.ShouldContain(new ImportNote("web", "has ${TAG} of a .env file or the shell. Put in what it stands for."));
        notes.ShouldContain(new ImportNote("mailer", "'gpus' is not taken over."));
        notes.ShouldContain(new ImportNote("mailer", "has no port and nobody calls it: taken for a worker."));
        notes.ShouldContain(new ImportNote("", "'volumes' is not taken over."));
    }

    [Fact]
    public void Read_ComposeFile_IsADraftThatTheValidatorKnows()
    {
        var services = s_import.Read(Compose, "TAG=1.4").Value.ShouldNotBeNull().Services;

        new SpecificationValidator(Samples.Catalog).Validate(Samples.Shop() with { Services = services, Cluster = new ClusterSpecification { Size = "large" } }).ShouldBeEmpty();
    }

    [Fact]
    public void Read_ServiceThatNobodyIsKnownToCall_IsNamed() =>
        s_import.Read("services: { web: { image: a, ports: [80] }, cart: { image: b, expose: [80] }, jobs: { image: c } }").Value.ShouldNotBeNull()
            .Notes[0].Text.ShouldStartWith("The file does not say who calls cart. Every service may call every other one");

    [Fact]
    public void Read_Manifests_FollowSelectorsConfigMapsAndIngresses()
    {
        var read = s_import.Read("""
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: shop-web }
            spec:
              replicas: 2
              selector: { matchLabels: { app: web } }
              template:
                metadata: { labels: { app: web, tier: front } }
                spec:
                  securityContext: { runAsUser: 101 }
                  terminationGracePeriodSeconds: 60
                  imagePullSecrets: [{ name: ghcr }]
                  containers:
                    - name: web
                      image: shop/web:1
                      ports: [{ name: http, containerPort: 8080 }]
                      envFrom: [{ configMapRef: { name: settings } }]
                      env:
                        - { name: CART_ADDR, value: cart.shop.svc.cluster.local:80 }
                        - { name: KEY_FILE, valueFrom: { secretKeyRef: { name: keys, key: a } } }
                      readinessProbe: { httpGet: { path: /ready, port: http } }
                      volumeMounts: [{ name: scratch, mountPath: /scratch }, { name: certs, mountPath: /certs }]
                  volumes: [{ name: scratch, emptyDir: {} }, { name: certs, secret: { secretName: certs } }]
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: web }
            spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: front }
            spec: { rules: [{ http: { paths: [{ path: /assets/, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }] } }, { http: { paths: [{ path: /shop/*, pathType: ImplementationSpecific, backend: { service: { name: web, port: { number: 80 } } } }] } }] }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings }
            data: { LOG_LEVEL: info }
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: cart }
            spec:
              template: { metadata: { labels: { app: cart } }, spec: { containers: [{ name: c, image: "shop/cart:1", ports: [{ containerPort: 9000 }], resources: { requests: { cpu: 250m, memory: 1Gi } } }] } }
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: cart }
            spec: { selector: { app: cart }, ports: [{ port: 80, targetPort: 9000 }] }
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: cart }
            spec: { scaleTargetRef: { kind: StatefulSet, name: cart }, minReplicas: 3, maxReplicas: 9, metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }] }
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: nightly }
            spec: { schedule: "0 4 * * *", timeZone: Europe/Berlin, concurrencyPolicy: Forbid, jobTemplate: { spec: { template: { spec: { containers: [{ name: n, image: "shop/nightly:1" }] } } } } }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: keys }
            data: { a: c2VjcmV0 }
            """).Value.ShouldNotBeNull();

        var (web, cart, nightly) = (read.Services[0], read.Services[1], read.Services[2]);
        (web.Name, web.Port, web.ServicePort, web.Path, web.HealthPath, web.Runtime.User, web.Runtime.GraceSeconds).ShouldBe(("web", 8080, 80, "/assets", "/ready", 101, 60));
        web.MorePaths.ShouldBe(["/shop"]);
        web.Calls.ShouldBe(["cart"]);
        web.Variables.ShouldBe([new Variable("LOG_LEVEL", "info"), new Variable("CART_ADDR", "${service.cart.host}:${service.cart.port}")]);
        web.Runtime.WritableFolders.ShouldBe(["/tmp", "/scratch"]);
        (cart.Port, cart.Exposure, cart.Replicas, cart.Runtime.MaxReplicas, cart.Runtime.ScaleAt, cart.Runtime.Cpu, cart.Runtime.Memory).ShouldBe((9000, Exposure.Internal, 3, 9, 60, 250, 1024));
        (nightly.Kind, nightly.Schedule).ShouldBe((WorkloadKind.ScheduledJob, new ScheduleSpecification { Cron = "0 4 * * *", TimeZone = "Europe/Berlin", Overlap = OverlapPolicy.Skip }));
        read.Notes.ShouldContain(new ImportNote("keys", "is a Secret, of which nothing is taken over: keep it in Secrets Manager."));
        read.Notes.ShouldContain(new ImportNote("shop-web", "KEY_FILE comes from the Secret keys. Keep it in Secrets Manager, and refer to it."));
        read.Notes.ShouldContain(new ImportNote("shop-web", "its image is pulled with the Secret ghcr. Keep what that holds under .dockerconfigjson in Secrets Manager, and name it as the service's pull secret."));
        read.Notes.ShouldContain(new ImportNote("shop-web", "/certs is mounted from a secret, which is not taken over."));
        read.Notes.ShouldNotContain(note => note.Text.Contains("c2VjcmV0"));
    }

    [Fact]
    public void Read_Manifests_TakePortsProbesAndFilesOver()
    {
        var service = s_import.Read("""
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: pay }
            spec:
              template:
                metadata: { labels: { app: pay } }
                spec:
                  containers:
                    - image: shop/pay:1
                      ports: [{ name: rpc, containerPort: 50051 }, { name: metrics, containerPort: 9090 }]
                      readinessProbe: { grpc: { port: 50051 } }
                      livenessProbe: { exec: { command: [pay, check] } }
                      volumeMounts: [{ name: conf, mountPath: /etc/pay }, { name: one, mountPath: /etc/one.ini, subPath: one.ini }]
                  volumes: [{ name: conf, configMap: { name: files } }, { name: one, configMap: { name: files, items: [{ key: b, path: one.ini }] } }]
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: pay }
            spec: { selector: { app: pay }, ports: [{ name: grpc, port: 7000, targetPort: rpc }] }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: files }
            data: { a.yaml: "host: ${HOST}", b: two }
            """).Value.ShouldNotBeNull().Services.ShouldHaveSingleItem();

        (service.Port, service.ServicePort, service.Protocol).ShouldBe((50051, 7000, PortProtocol.Grpc));
        service.Ports.ShouldHaveSingleItem().ShouldBe(new PortSpecification { Name = "metrics", Port = 9090, Protocol = PortProtocol.Tcp });
        service.Readiness.ShouldBeNull("that is how a port that speaks gRPC is asked");
        service.Liveness.ShouldNotBeNull().Command.ShouldBe(["pay", "check"]);
        service.Files.ShouldBe([new FileSpecification("/etc/pay/a.yaml", "host: $${HOST}"), new FileSpecification("/etc/pay/b", "two"), new FileSpecification("/etc/one.ini", "two")]);
        new SpecificationValidator(Samples.Catalog).Validate(Samples.Shop() with { Services = [.. Samples.Shop().Services, service], Cluster = new ClusterSpecification { Size = "large" } }).ShouldBeEmpty();
    }

    [Fact]
    public void Read_ScoreWorkloads_TurnResourcesIntoStoresAndCalls()
    {
        var read = s_import.Read("""
            apiVersion: score.dev/v1b1
            metadata: { name: orders }
            containers:
              main:
                image: shop/orders:1
                variables:
                  DB: "postgres://${resources.db.host}:${resources.db.port}/${resources.db.name}"
                  DB_LOGIN: ${resources.db.username}
                  PAY: http://pay:8080
                resources: { requests: { cpu: 200m, memory: 64Mi }, limits: { memory: 128Mi } }
            service: { ports: { web: { port: 80, targetPort: 8080 } } }
            resources:
              db: { type: postgres }
              pay: { type: service, params: { workload: pay } }
              where: { type: mainframe }
            ---
            apiVersion: score.dev/v1b1
            metadata: { name: pay }
            containers: { main: { image: shop/pay:1 } }
            service: { ports: { web: { port: 8080 } } }
            """).Value.ShouldNotBeNull();

        var orders = read.Services[0];
        orders.Stores.ShouldHaveSingleItem().Type.ShouldBe("aurora-postgresql");
        orders.Calls.ShouldBe(["pay"]);
        orders.Variables[0].Value.ShouldBe("postgres://${store.DATABASE_HOST}:${store.DATABASE_PORT}/${store.DATABASE_NAME}");
        orders.Variables[2].Value.ShouldBe("${service.pay.url}");
        (orders.Runtime.Cpu, orders.Runtime.Memory, orders.Runtime.MemoryLimit).ShouldBe((200, 64, 128));
        read.Notes.ShouldContain(note => note.Subject == "orders" && note.Text.Contains("mainframe"));
        read.Notes.ShouldContain(note => note.Subject == "orders" && note.Text.Contains("resources.db.username"));
    }

    [Theory]
    [InlineData("", "nothing in it")]
    [InlineData("just words", "nothing in it")]
    [InlineData("a: [1, 2", "line 2")]
    [InlineData("a: *nobody", "cannot be read as YAML")]
    [InlineData("hello: world", "none of a Compose file")]
    [InlineData("services: {}", "nothing runs")]
    [InlineData("services: [a, b]", "nothing runs")]
    [InlineData("services: { db: { image: postgres:17 } }", "nothing runs")]
    public void Read_WhatNothingCanBeMadeOf_SaysWhy(string text, string why) => s_import.Read(text).Refusal.ShouldBeOfType<NotImported>().Message.ShouldContain(why);

    [Fact]
    public void Read_MoreThanAnEnvironmentCouldHold_IsRefused() =>
        s_import.Read("services:\n" + string.Concat(Enumerable.Range(0, SystemImport.MostWorkloads + 1).Select(number => $"  s{number}: {{ image: x }}\n")))
            .Refusal.ShouldBeOfType<NotImported>().Message.ShouldContain("200 at most");

    [Fact]
    public void Read_AliasesThatStandForMillions_AreRefusedAtOnce()
    {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));

        s_import.Read(bomb).Refusal.ShouldBeOfType<NotImported>().Message.ShouldContain("stands for more than");
    }

    /// <summary>Each would take the whole portal with it: nothing catches the end of a stack.</summary>
    [Theory]
    [InlineData("a: &a [*a]")]
    [InlineData("? &a [*a]\n: 1")]
    [InlineData("services: { ? &a { ? *a : 1 } : 2 }")]
    [InlineData("a: &a { b: { c: *a } }")]
    [InlineData("a: &a { <<: *a, b: 1 }")]
    [InlineData("deep")]
    public void Read_NestedWithinItselfOrWithoutEnd_IsRefused(string text) =>
        s_import.Read(text == "deep" ? "a: " + new string('[', 100_000) : text).Refusal.ShouldBeOfType<NotImported>();

    [Theory]
    [InlineData("services: { a: { image: x, ports: 8080, environment: 7, depends_on: yes, deploy: fast, healthcheck: no, command: 'it''s \"open' } }")]
    [InlineData("services: { a: , b: [], c: { image: { name: x } }, d: { image: x, ports: [[1]], environment: [=, ''], tmpfs: {} } }")]
    [InlineData("apiVersion: v1\nkind: Deployment\nmetadata: 7\nspec: { template: { spec: { containers: [7, { env: [{}], ports: [{ containerPort: x }] }], volumes: [{}, {}] } } }")]
    public void Read_WrongTypesEverywhere_IsAnsweredAndNotAFailure(string text) => Should.NotThrow(() => s_import.Read(text));
}
