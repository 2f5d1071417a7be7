using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Portal.Benchmarks;

/// <summary>One figure a line: name, value, unit.</summary>
internal static class Figures
{
    public static void Print(string name, double value, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {Math.Round(value, 2)} {unit}"));

    public static double Percentile(IEnumerable<double> values, double part)
    {
        var ordered = values.Order().ToList();
        return ordered[(int)Math.Min(ordered.Count - 1, ordered.Count * part)];
    }
}

internal static class Repository
{
    /// <summary>Folder of Portal.sln.</summary>
    public static string Root { get; } = Find();

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Portal.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException($"There is no Portal.sln above {AppContext.BaseDirectory}.");
    }
}
