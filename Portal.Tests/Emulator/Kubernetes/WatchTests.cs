using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes;
using Portal.Emulator.Kubernetes.Api;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Efficient detection of changes (kubernetes.io/docs/reference/using-api/api-concepts).</summary>
public sealed class WatchTests
{
    private const string Secrets = "api/v1/namespaces/default/secrets";

    [Fact]
    public async Task Watch_FromListsVersion_SendsWhatFollowed()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"before"}}""");
        var version = (await host.OkAsync("GET", Secrets))["metadata"]!["resourceVersion"]!.GetValue<string>();
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"after"}}""");
        await host.OkAsync("DELETE", Secrets + "/before");

        (await ReadAsync(host, $"{Secrets}?watch=true&resourceVersion={version}", 2)).ShouldBe(["ADDED after", "DELETED before"]);
    }

    [Fact]
    public async Task Watch_WithSelector_TurnsChangesIntoArrivalsAndDepartures()
    {
        await using var host = await ClusterHost.StartAsync();
        var version = (await host.OkAsync("GET", Secrets))["metadata"]!["resourceVersion"]!.GetValue<string>();
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"one"}}""");
        await host.OkAsync("PATCH", Secrets + "/one", """{"metadata":{"labels":{"a":"b"}}}""", "application/merge-patch+json");
        await host.OkAsync("PATCH", Secrets + "/one", """{"data":{"x":"eQ=="}}""", "application/merge-patch+json");
        await host.OkAsync("PATCH", Secrets + "/one", """{"metadata":{"labels":null}}""", "application/merge-patch+json");

        (await ReadAsync(host, $"{Secrets}?watch=true&labelSelector=a%3Db&resourceVersion={version}", 3)).ShouldBe(["ADDED one", "MODIFIED one", "DELETED one"]);
    }

    [Fact]
    public async Task Watch_AskingForInitialEvents_EndsThemWithBookmark()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"one"}}""");
        var lines = await ReadAsync(host, $"{Secrets}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan", 2);
        lines.ShouldBe(["ADDED one", "BOOKMARK "]);
    }

    [Fact]
    public async Task Watch_FromForgottenVersion_IsGone()
    {
        var documents = new MemoryDocuments();
        await using (var first = await ClusterHost.StartAsync(documents: documents))
            await first.OkAsync("POST", Secrets, """{"metadata":{"name":"one"}}""");

        // After a restart the history is empty: what went before is too old.
        await using var second = await ClusterHost.StartAsync(documents: documents);
        using var response = await second.Http.GetAsync($"{Secrets}?watch=true&resourceVersion=2");
        var change = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        change["type"]!.GetValue<string>().ShouldBe("ERROR");
        change["object"]!["code"]!.GetValue<int>().ShouldBe(410);
        change["object"]!["reason"]!.GetValue<string>().ShouldBe("Expired");
    }

    [Fact]
    public async Task Watch_WithTimeout_EndsByItself()
    {
        await using var host = await ClusterHost.StartAsync();
        var text = await host.Http.GetStringAsync($"{Secrets}?watch=true&timeoutSeconds=1");
        text.ShouldBeEmpty();
    }

    /// <summary>
    /// One cancellation ends the pause before a bookmark and then the wait for a change. In between, the watch went round without a rest:
    /// eighty at once left no thread to bring the second about, nor to answer anybody else.
    /// </summary>
    [Fact]
    public async Task Watch_WithBookmarksWhoseClientLeaves_GoesRoundNoMore()
    {
        var clock = new EmulatorClock(TimeProvider.System, 1);
        var store = new ClusterStore("shop", "id", new MemoryDocuments(), new MemoryLedger(), clock.Time, new Seeded(1));
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString("?watch=true&allowWatchBookmarks=true");
        var query = ListQuery.Read(Kinds.Secret, context.Request.Query);
        var lines = new WatchWriter(context.Response, Kinds.Secret, Shape.Plain, clock);
        var change = new TaskCompletionSource<bool>();

        var begun = Task.Run(() => new { Wait = new WatchHandler(store, clock).NextAsync(change.Task, query, lines, new CancellationToken(canceled: true)) });
        var wait = (await begun.WaitAsync(TimeSpan.FromSeconds(20))).Wait;

        wait.IsCompleted.ShouldBeFalse();
        change.SetCanceled();
        await Should.ThrowAsync<OperationCanceledException>(wait);
    }

    [Fact]
    public void Store_PastItsHistory_RefusesOldVersionsAndOldPages()
    {
        var store = new ClusterStore("shop", "id", new MemoryDocuments(), new MemoryLedger(), TimeProvider.System, new Seeded(1), history: 3);
        store.Create(Kinds.Namespace, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } });
        var version = store.Version;
        for (var number = 0; number < 5; number++)
            store.Create(Kinds.Secret, new JsonObject { ["metadata"] = new JsonObject { ["name"] = $"s{number}", ["namespace"] = "default" } });

        store.Watch(Kinds.Secret, "default", version).ShouldBeNull();
        store.ListAt(Kinds.Secret, "default", version).ShouldBeNull();
        store.Watch(Kinds.Secret, "default", store.Version - 2)!.Value.Backlog.Count.ShouldBe(2);
    }

    private static async Task<List<string>> ReadAsync(ClusterHost host, string path, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await host.Http.GetStreamAsync(path, patience.Token);
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (lines.Count < count && await reader.ReadLineAsync(patience.Token) is { } line)
        {
            var change = JsonNode.Parse(line)!;
            lines.Add($"{change["type"]!.GetValue<string>()} {change["object"]!["metadata"]!["name"]?.GetValue<string>()}");
        }

        return lines;
    }
}
