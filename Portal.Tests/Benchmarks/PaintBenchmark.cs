using System.Globalization;
using Dapper;
using Microsoft.Playwright;

namespace Portal.Benchmarks;

/// <summary>How long it takes from an event's commit until people see it, alone and with many who watch the same; and how long a press takes meanwhile.</summary>
internal sealed class PaintBenchmark(PublishedPortal portal, Visitor visitor)
{
    private const string Node = "#node-cluster";

    // Between two events: longer than the feed pauses between two reads, so that each is a change of its own.
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(120);

    /// <summary>Notes when the page shows a marked event, and when it is painted. A page that is not in front paints nothing: of it the first is all there is.</summary>
    private const string Watch = """
        (() => {
          window.shown = {}; window.painted = {};
          const look = () => {
            for (const [, mark] of document.body.innerText.matchAll(/paint-(\d+)/g)) {
              if (mark in window.shown) continue;
              window.shown[mark] = performance.timeOrigin + performance.now();
              document.documentElement.dataset.shown = mark;
              requestAnimationFrame(() => setTimeout(() => {
                window.painted[mark] = performance.timeOrigin + performance.now();
                document.documentElement.dataset.painted = mark;
              }));
            }
          };
          addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true }));
        })();
        """;

    // From the press to what it changed in the page, many times.
    private const string Press = """
        async times => {
          const took = [];
          for (let turn = 0; turn < times; turn++) {
            const open = !!document.querySelector('#node-title');
            const done = new Promise(changed => {
              const watch = new MutationObserver(() => { if (!!document.querySelector('#node-title') !== open) { watch.disconnect(); changed(performance.now()); } });
              watch.observe(document.body, { childList: true, subtree: true });
            });
            const began = performance.now();
            document.querySelector(open ? '.sheet [aria-label^="Close"]' : 'NODE').click();
            took.push(await done - began);
            await new Promise(next => setTimeout(next, 30));
          }
          return took;
        }
        """;

    public static async Task RunAsync(int events, int viewers)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await PagesBenchmark.LaunchAsync(playwright);
        await using var portal = await PublishedPortal.StartAsync("now", await PublishedPortal.PublishAsync());
        var visitor = new Visitor(browser, portal);
        await visitor.ProvisionAsync();
        var benchmark = new PaintBenchmark(portal, visitor);
        await benchmark.MeasureAsync("paint", events, 1);
        await benchmark.MeasureAsync($"paint.{viewers}-viewers", Math.Min(events, 60), viewers);
    }

    private async Task MeasureAsync(string name, int events, int viewers)
    {
        await using var context = await visitor.NewContextAsync();
        await context.AddInitScriptAsync(Watch);
        var pages = new List<IPage>();
        for (var number = 0; number < viewers; number++)
        {
            var page = await context.NewPageAsync();
            await page.GotoAsync(visitor.Url($"/environments/{Visitor.Environment}"));
            await page.Locator(Node).WaitForAsync(new LocatorWaitForOptions { Timeout = 60_000 });
            pages.Add(page);
        }

        // The last one is in front, and is who is looked at.
        var front = pages[^1];
        await front.BringToFrontAsync();
        var committed = await AppendAsync(events);
        await front.Locator($"html[data-painted='{committed.Keys.Max()}']").WaitForAsync();
        var painted = await front.EvaluateAsync<Dictionary<string, double>>("window.painted");
        // What came while the page was being read anew came with the next one.
        var took = committed.Select(one => painted.TryGetValue(one.Key.ToString(CultureInfo.InvariantCulture), out var at) ? at - one.Value : double.NaN).Where(double.IsFinite).Skip(10).ToList();
        Print(name, took);
        if (viewers > 1)
        {
            var last = new Dictionary<int, double>();
            foreach (var page in pages)
            {
                await page.Locator($"html[data-shown='{committed.Keys.Max()}']").WaitForAsync();
                foreach (var (mark, at) in await page.EvaluateAsync<Dictionary<string, double>>("window.shown"))
                {
                    if (int.TryParse(mark, CultureInfo.InvariantCulture, out var number) && committed.ContainsKey(number))
                        last[number] = Math.Max(last.GetValueOrDefault(number), at);
                }
            }

            Print($"{name}.last", [.. last.OrderBy(one => one.Key).Skip(10).Select(one => one.Value - committed[one.Key])]);
        }

        Print(viewers > 1 ? $"click.{viewers}-circuits" : "click", [.. (await front.EvaluateAsync<double[]>(Press.Replace("NODE", Node, StringComparison.Ordinal), 120)).Skip(20)]);
    }

    private static void Print(string name, IReadOnlyList<double> took)
    {
        Figures.Print($"{name}.count", took.Count, "count");
        Figures.Print($"{name}.p50", Figures.Percentile(took, 0.5), "ms");
        Figures.Print($"{name}.p99", Figures.Percentile(took, 0.99), "ms");
    }

    /// <summary>As a worker's process does it: the event in a transaction, and told of when that has committed.</summary>
    /// <returns>When each was committed, milliseconds since 1970.</returns>
    private async Task<SortedDictionary<int, double>> AppendAsync(int events)
    {
        await using var database = portal.OpenDatabase();
        await using var connection = await database.OpenConnectionAsync();
        var environment = await connection.ExecuteScalarAsync<Guid>("select id from environments where name = @Environment", new { Visitor.Environment });
        var (committed, first) = (new SortedDictionary<int, double>(), 1000 + Random.Shared.Next(100) * 10_000);
        using var pause = new PeriodicTimer(s_between, TimeProvider.System);
        for (var number = first; number < first + events; number++)
        {
            await pause.WaitForNextTickAsync();
            var revision = await connection.ExecuteScalarAsync<long>(
                "select append_event(@environment, null, null, 'benchmark.painted', 'Info', @message, clock_timestamp(), 'system', 'Portal', 'System', '{\"v\": 1}')",
                new { environment, message = $"paint-{number}" });
            committed[number] = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;
            await connection.ExecuteAsync("select pg_notify('portal_event', @payload)", new { payload = $"{environment}:{revision}" });
        }

        return committed;
    }
}
