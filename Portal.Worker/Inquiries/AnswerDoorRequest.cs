using System.Globalization;
using System.Text.Json;
using Dapper;
using Hangfire;
using Npgsql;
using Portal.Core.Inquiries;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Worker.Aws;
using Portal.Worker.Steps.Probes;

namespace Portal.Worker.Inquiries;

/// <summary>Sends what somebody asks a front door, and writes into the inquiry's row what came of it, with the event that says so.</summary>
public sealed class AnswerDoorRequest(NpgsqlDataSource database, Transactions transactions, IFrontDoor door, TimeProvider clock) : IAnswerDoorRequest
{
    /// <summary>What changes something must not be sent twice: it is taken before it is sent, and nobody takes it again.</summary>
    [AutomaticRetry(Attempts = 0)]
    public async Task RunAsync(Guid inquiryId, CancellationToken cancellationToken)
    {
        if (await TakeAsync(inquiryId, cancellationToken) is not { } taken)
            return;
        var (reply, service) = await SendAsync(taken, cancellationToken);
        // It was sent: that is told even by a worker that is told to stop.
        await transactions.DoAsync(async work =>
        {
            var now = clock.GetUtcNow();
            await work.Connection.ExecuteAsync(
                "update inquiries set answer = @answer::jsonb, answered_at = @now where id = @inquiryId", new { inquiryId, answer = JsonSerializer.Serialize(reply, Specification.Json), now });
            await SentEvent.Of(taken.Sender, taken.EnvironmentId, taken.Subject, reply.Status?.ToString(CultureInfo.InvariantCulture) ?? "no answer",
                new { taken.Request.Method, path = taken.Request.Address, reply.Status, service, reply.TookMs }).AppendAsync(work, now);
        }, CancellationToken.None);
    }

    private Task<Taken?> TakeAsync(Guid inquiryId, CancellationToken cancellationToken) => transactions.DoAsync(async work =>
    {
        var now = clock.GetUtcNow();
        var row = await work.Connection.QuerySingleOrDefaultAsync<Row>(
            """
            with asked as (
              select id, environment_id, subject, ask, asked_by, asked_by_name, asked_from from inquiries
              where id = @inquiryId and kind = @kind and taken_at is null and asked_at > @since for update)
            update inquiries i set taken_at = @now, ask = null from asked where i.id = asked.id
            returning asked.environment_id as EnvironmentId, asked.subject as Subject, asked.ask::text as Ask, asked.asked_by as AskedBy, asked.asked_by_name as AskedByName, asked.asked_from as AskedFrom
            """, new { inquiryId, kind = nameof(InquiryKind.DoorRequest), now, since = now - AskFrontDoor.TakenWithin });
        return row is null ? null : new Taken(
            row.EnvironmentId, row.Subject, new Actor(row.AskedBy, row.AskedByName, new HashSet<string>()) { Address = row.AskedFrom },
            JsonSerializer.Deserialize<DoorRequest>(row.Ask, Specification.Json) ?? throw new InvalidDataException("The stored request is empty."));
    }, cancellationToken);

    private async Task<(DoorReply Reply, string? Service)> SendAsync(Taken taken, CancellationToken cancellationToken)
    {
        if (await PlaceAsync(taken.EnvironmentId, cancellationToken) is not var (target, doorway, services))
            return (new DoorReply { Hops = DoorTrail.Unreachable("The environment has no front door any more.") }, null);
        var route = RouteTree.Of(services).Find(taken.Request.Method, taken.Request.Path);
        try
        {
            var answer = await door.AskAsync(target, doorway, taken.Request, DoorText.MostBody, cancellationToken);
            var (body, note) = DoorText.Body(answer);
            return (new DoorReply
            {
                Status = answer.Status,
                TookMs = Math.Round(answer.Took.TotalMilliseconds, 1),
                Headers = DoorText.Headers(answer),
                Body = body,
                BodyNote = note,
                Hops = DoorTrail.Of(taken.Request, route, answer),
            }, route?.Service);
        }
        catch (StepFailedException error)
        {
            return (new DoorReply { Hops = DoorTrail.Unreachable(error.Failure.Message) }, route?.Service);
        }
    }

    // All of it as its own stacks gave it: nobody who asks says where it goes.
    private async Task<(AwsTarget Target, Doorway Doorway, IReadOnlyList<ServiceSpecification> Services)?> PlaceAsync(Guid environmentId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var target = await connection.QuerySingleAsync<TargetRow>($"select {AwsTarget.Columns} from environments e join targets t on t.name = e.target where e.id = @environmentId", new { environmentId });
        var document = await connection.ExecuteScalarAsync<string>(
            "select s.document::text from environments e join specifications s on s.environment_id = e.id and s.version = e.specification_version where e.id = @environmentId", new { environmentId });
        var outputs = (await Deployments.ReadAsync(connection, environmentId, cancellationToken)).Where(one => one.Step is StepNames.EdgeBase or StepNames.EdgeRoutes)
            .SelectMany(one => one.Outputs).DistinctBy(output => output.Key).ToDictionary(StringComparer.Ordinal);
        if (!outputs.TryGetValue("RestApiId", out var api) || !outputs.TryGetValue("ApiUrl", out var url) || !Uri.TryCreate(url, UriKind.Absolute, out var address))
            return null;
        var specification = JsonSerializer.Deserialize<Specification>(document!, Specification.Json) ?? throw new InvalidDataException("The stored specification is empty.");
        // An API with a domain of its own closes the address that AWS gives it.
        var domainTarget = outputs.GetValueOrDefault("DomainTarget");
        return (AwsTarget.Of(target), new Doorway(api, address.AbsolutePath.Trim('/'), domainTarget is null ? null : address.Host, domainTarget), specification.Services);
    }

    private sealed record Taken(Guid EnvironmentId, string Subject, Actor Sender, DoorRequest Request);

    private sealed record Row
    {
        public Guid EnvironmentId { get; init; }
        public string Subject { get; init; } = "";
        public string Ask { get; init; } = "";
        public string AskedBy { get; init; } = "";
        public string AskedByName { get; init; } = "";
        public string? AskedFrom { get; init; }
    }
}
