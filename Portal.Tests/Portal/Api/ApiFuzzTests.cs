using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Xunit.Abstractions;

namespace Portal.Tests.Api;

[Collection(ApiCollection.Name)]
public sealed class ApiFuzzTests(ApiPortal portal, ITestOutputHelper output)
{
    /// <summary>PORTAL_FUZZ=10000 for as many bodies, PORTAL_FUZZ_SEED for others.</summary>
    [Fact]
    public async Task Bodies_ThatNobodySends_AreRefusedAndNothingHangs()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("PORTAL_FUZZ") ?? "400", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("PORTAL_FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        var document = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(ProgramUnderTest.RepositoryRoot, "docs", "openapi.json")))!;
        var snapshot = await portal.ReadyAsync("fuzzed");
        var root = ApiPortal.Person("fuzzer", Roles.Admin);
        await portal.KnowAsync(root);
        var client = await portal.ClientAsync(root, TokenScope.Request, TokenScope.Approve, TokenScope.Destroy);
        var filed = (await (await portal.ClientAsync(portal.Engineer, TokenScope.Request)).YamlAsync("/requests", ApiPortal.Yaml("fuzz-asked"))).ShouldBe(201).Json["number"]!.ToString();
        var (faults, statuses, slowest) = (new ConcurrentBag<string>(), new ConcurrentDictionary<int, int>(), 0L);

        await Parallel.ForEachAsync(new ApiFuzz(document, seed).Bodies(count), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, _) =>
        {
            var path = one.Path.Replace("{name}", "fuzzed", StringComparison.Ordinal).Replace("{number}", filed, StringComparison.Ordinal)
                .Replace("{id}", snapshot.Operation!.Id.ToString(), StringComparison.Ordinal).Replace("{service}", "web", StringComparison.Ordinal);
            var began = Stopwatch.GetTimestamp();
            try
            {
                var answer = await client.SendAsync(one.Method, path, one.Body, one.ContentType);
                statuses.AddOrUpdate(answer.Status, 1, (_, before) => before + 1);
                if (answer.Status >= 500 || (answer.Status >= 400 && answer.ContentType != "application/problem+json"))
                    faults.Add($"{answer.Status} {one.Path} {one.ContentType}: {Encoding.UTF8.GetString(one.Body.AsSpan(0, Math.Min(400, one.Body.Length)))} → {answer.Text}");
            }
            catch (TaskCanceledException)
            {
                faults.Add($"no answer: {one.Path} {one.ContentType}: {Encoding.UTF8.GetString(one.Body.AsSpan(0, Math.Min(400, one.Body.Length)))}");
            }

            InterlockedMax(ref slowest, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        });

        output.WriteLine($"{count} bodies, seed {seed}: {string.Join(", ", statuses.OrderBy(one => one.Key).Select(one => $"{one.Value} × {one.Key}"))}; the slowest took {slowest} ms");
        faults.Take(5).ShouldBeEmpty(string.Join('\n', portal.Portal.Output.Split('\n').TakeLast(60)));
        // Most of them are spoilt, but not all: a fuzz that reaches nothing proves nothing.
        statuses.Keys.ShouldContain(422);
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Interlocked.Read(ref most); value > seen; seen = Interlocked.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
