using Microsoft.Extensions.Options;
using Portal.Worker;

try
{
    await WorkerApp.RunAsync(WorkerApp.Build(args));
    return 0;
}
catch (Npgsql.NpgsqlException error)
{
    await Console.Error.WriteLineAsync($"Postgres cannot be used: {error.Message}. Check that it runs and that ConnectionStrings__Portal names it.");
    return 1;
}
catch (Exception error) when (error is OptionsFault or OptionsValidationException or IOException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
