using System.Text.Json;
using Dapper;
using Hangfire;
using Npgsql;
using Portal.Core.Inquiries;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Inquiries;

/// <summary>Reads what a page asked for and writes it into the inquiry's row.</summary>
public sealed class AnswerInquiry(NpgsqlDataSource database, Transactions transactions, IPodLogs logs, TimeProvider clock) : IAnswerInquiry
{
    /// <summary>An answer that comes later than it is waited for is no use to anybody.</summary>
    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(Guid inquiryId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<(Guid EnvironmentId, string Subject)?>(
            "select environment_id, subject from inquiries where id = @inquiryId and answered_at is null and asked_at > @since", new { inquiryId, since = clock.GetUtcNow() - ReadPodLog.Patience }) is not var (environment, pod))
            return;
        var log = await ReadAsync(connection, environment, pod, cancellationToken);
        var answer = JsonSerializer.Serialize(log with { Lines = [.. log.Lines.Select(line => line with { Text = Evidence.Presentable(line.Text) })] }, Specification.Json);
        await transactions.DoAsync(
            work => work.Connection.ExecuteAsync("update inquiries set answer = @answer::jsonb, answered_at = @now where id = @inquiryId", new { inquiryId, answer, now = clock.GetUtcNow() }), cancellationToken);
    }

    private async Task<PodLog> ReadAsync(NpgsqlConnection connection, Guid environmentId, string pod, CancellationToken cancellationToken)
    {
        if (await connection.QuerySingleOrDefaultAsync<TargetRow>($"select {AwsTarget.Columns} from environments e join targets t on t.name = e.target where e.id = @environmentId", new { environmentId }) is not { } row
            || (await Deployments.ReadAsync(connection, environmentId, cancellationToken)).FirstOrDefault(one => one.Step == StepNames.Cluster)?.Outputs is not { } outputs
            || !outputs.TryGetValue("ClusterName", out var name) || pod.Split('/') is not [var kubernetesNamespace, var podName])
            return new PodLog([], "The environment has no cluster any more.");
        var cluster = new ClusterConnection(AwsTarget.Of(row), name, new Uri(outputs["ClusterEndpoint"]), outputs["ClusterCertificateAuthority"]);
        try
        {
            return await logs.TailAsync(cluster, kubernetesNamespace, podName, cancellationToken);
        }
        catch (StepFailedException error)
        {
            return new PodLog([], error.Failure.Message);
        }
    }
}
