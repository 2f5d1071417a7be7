using System.Text.Json;
using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Core.Rehearsals;
using Portal.Core.Specifications;
using Portal.Emulator;
using Portal.Worker;

namespace Portal.Stage;

/// <summary>Plays one rehearsal: <see cref="StageOrder"/> on standard input, <see cref="StageLine"/>s on standard output.</summary>
internal static class Program
{
    public static async Task<int> Main()
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        if (await input.ReadLineAsync() is not { } text || JsonSerializer.Deserialize<StageOrder>(text, Specification.Json) is not { } order)
        {
            await Console.Error.WriteLineAsync("Portal.Stage is started by a worker, which tells it what to play on its standard input.");
            return 1;
        }

        // On a thread of its own: the console's streams block whoever reads them.
        new Thread(() => EndWith(input, order.Folder)) { IsBackground = true }.Start();
        try
        {
            await using var stage = await StageHost.OpenAsync(order, CancellationToken.None);
            Say(new StageLine(Report: await new Play(stage, order.Script, progress => Say(new StageLine(progress))).RunAsync(CancellationToken.None)));
            return 0;
        }
        catch (Exception error) when (error is EmulatorStartException or DatabaseUnusableException or OptionsFault or OptionsValidationException or PlayFault)
        {
            Say(new StageLine(Fault: error.Message));
            return 1;
        }
    }

    // In one piece: it is called from any thread.
    private static void Say(StageLine line) => Console.Out.WriteLine(JsonSerializer.Serialize(line, Specification.Json));

    /// <summary>Whoever started it does not want it any more, or is dead: then nobody else is there to take the folder away.</summary>
    private static void EndWith(StreamReader input, string folder)
    {
        while (input.ReadLine() is not null)
        {
        }

        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Somebody still writes into it, or it is gone.
        }

        Environment.Exit(2);
    }
}
