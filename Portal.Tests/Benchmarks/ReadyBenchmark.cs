using System.Diagnostics;

namespace Portal.Benchmarks;

/// <summary>How long a portal takes from its start until it says that it is ready, with a Postgres that runs.</summary>
internal static class ReadyBenchmark
{
    public static async Task RunAsync(int starts)
    {
        var folder = await PublishedPortal.PublishAsync();
        await using var installation = await Installation.StartAsync(60);
        var took = new List<double>();
        for (var start = 0; start <= starts; start++)
        {
            var address = new Uri($"http://127.0.0.1:{Repository.FreePort()}");
            var since = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(folder, "Portal.dll"), "--urls", address.ToString()])
            {
                UseShellExecute = false,
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                Environment = { ["ConnectionStrings__Portal"] = installation.ConnectionString, ["ASPNETCORE_ENVIRONMENT"] = "Production" },
            })!;
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            using var http = new HttpClient { BaseAddress = address };
            while (!await IsReadyAsync(http))
            {
                if (process.HasExited)
                    throw new InvalidOperationException("The portal ended without being ready.");
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }

            // The first one creates what every later one finds.
            if (start > 0)
                took.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            process.Kill();
            await process.WaitForExitAsync();
        }

        Figures.Print("ready.p50", Figures.Percentile(took, 0.5), "ms");
        Figures.Print("ready.most", took.Max(), "ms");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
