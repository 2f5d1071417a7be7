using Microsoft.Extensions.Options;
using Portal.Core.Persistence;
using Portal.Worker;

try
{
    await WorkerApp.RunAsync(WorkerApp.Build(args));
    return 0;
}
catch (Exception error) when (error is DatabaseUnusableException or OptionsFault or OptionsValidationException or IOException)
{
    await Console.Error.WriteLineAsync("The worker cannot start. " + error.Message);
    return 1;
}
