using System.Diagnostics;
using System.Globalization;

namespace Portal.Benchmarks.Chaos;

internal static class Processes
{
    /// <summary>A process and those that it has made.</summary>
    public static List<int> Family(int parent)
    {
        var family = new List<int> { parent };
        foreach (var status in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _)).Select(folder => Path.Combine(folder, "stat")))
        {
            try
            {
                // pid (name) state parent …; the name may hold anything but is the last thing in brackets.
                var fields = File.ReadAllText(status);
                if (int.Parse(fields[(fields.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) == parent)
                    family.Add(int.Parse(Path.GetFileName(Path.GetDirectoryName(status))!, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return family;
    }

    public static void Signal(string signal, List<int> processes)
    {
        using var kill = Process.Start("kill", [$"-{signal}", .. processes.Select(id => id.ToString(CultureInfo.InvariantCulture))]);
        kill.WaitForExit();
    }
}
