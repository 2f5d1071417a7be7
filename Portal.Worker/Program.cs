using Microsoft.Extensions.Options;
using Portal.Worker;

try
{
    await WorkerApp.RunAsync(WorkerApp.Build(args));
    return 0;
}
catch (Exception error) when (error is OptionsFault or OptionsValidationException or IOException or Npgsql.NpgsqlException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
