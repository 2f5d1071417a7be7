using Microsoft.Extensions.Logging;
using Quartz;

namespace Portal.Worker.Engine;

/// <summary>Quartz's side of an operation: one durable-store job each, recovered on another node when its own dies.</summary>
public sealed partial class OperationJob(OperationRunner runner, ILogger<OperationJob> logger) : IJob
{
    public const string Group = "operations";

    public static JobKey KeyOf(Guid operationId) => new(operationId.ToString("N"), Group);

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var operationId = Guid.ParseExact(context.JobDetail.Key.Name, "N");
        try
        {
            await runner.RunAsync(operationId, cancellationToken);
        }
        catch (FencedException error)
        {
            LogFenced(logger, error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Reason} Stopped here.")]
    private static partial void LogFenced(ILogger logger, string reason);
}
