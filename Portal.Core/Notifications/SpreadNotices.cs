using System.Text.Json;
using Dapper;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Notifications;

/// <summary>The ways out of the portal that a worker is configured with.</summary>
/// <param name="HasMail">Whether mail can be sent.</param>
public sealed record NoticeRoutes(bool HasMail, IReadOnlyList<WebhookRoute> Webhooks);

/// <param name="Name">Of the configuration.</param>
/// <param name="Kinds">Ids of what it is told; empty for everything.</param>
public sealed record WebhookRoute(string Name, IReadOnlyCollection<string> Kinds)
{
    public bool Takes(string kind) => Kinds.Count == 0 || Kinds.Contains(kind);
}

/// <summary>
/// Takes events out of the outbox and writes whom they are told to: notices of the portal, and deliveries that go out. Taking out and writing is
/// one transaction, and who takes holds the rows, so that any number may do it at once and nothing is told twice or not at all.
/// </summary>
public sealed partial class SpreadNotices(Transactions transactions, NoticeCatalog catalog, TimeProvider clock, ILogger<SpreadNotices> logger)
{
    private const int AtOnce = 50;

    // A group is told, not a company.
    private const int MostPeople = 500;

    // Beyond these, whoever looks rereads.
    private const int MostNamed = 20;

    /// <returns>How many events were taken out; fewer than there may be.</returns>
    public Task<int> RunAsync(NoticeRoutes routes, CancellationToken cancellationToken) => transactions.DoAsync(async work =>
    {
        var taken = (await work.Connection.QueryAsync<Taken>(
            """
            with taken as (delete from outbox where id in (select id from outbox order by id limit @AtOnce for update skip locked) returning id, environment_id, number)
            select t.id, t.environment_id as EnvironmentId, t.number as Number, e.at as At, e.kind as Kind, e.severity as Severity, e.actor_id as ActorId, e.actor_name as ActorName,
                   e.body::text as Body, n.name as Environment, n.owner_id as OwnerId, r.number as RequestNumber, r.requested_by_id as RequesterId, r.requested_by_name as RequesterName
            from taken t join events e on e.environment_id = t.environment_id and e.number = t.number join environments n on n.id = t.environment_id
            left join operations o on o.id = e.operation_id
            left join requests r on r.id::text = coalesce(e.body ->> 'requestId', o.request_id::text)
            order by t.id
            """, new { AtOnce })).AsList();
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var one in taken)
            await SpreadAsync(work, one, routes, told);
        foreach (var subject in told.Count <= MostNamed ? told : [""])
            await work.Connection.NotifyAsync(Channels.Notice, subject);
        return taken.Count;
    }, cancellationToken);

    private async Task SpreadAsync(Work work, Taken one, NoticeRoutes routes, HashSet<string> told)
    {
        using var body = JsonDocument.Parse(one.Body);
        if (Say(one, body.RootElement) is not var (text, said))
            return;
        var recipients = await RecipientsAsync(work.Connection, one, text.To, body.RootElement);
        var choices = await NoticeChoices.OfAsync(work.Connection, [.. recipients.Select(recipient => recipient.Subject)], said.Kind);
        var isMailed = catalog.Kinds.First(kind => kind.Id == said.Kind).Mail;
        foreach (var (subject, mail) in recipients)
        {
            if (choices.GetValueOrDefault((subject, NoticeChannel.Portal), true))
            {
                await AddAsync(work.Connection, one, said, subject);
                told.Add(subject);
            }

            if (routes.HasMail && mail is not null && choices.GetValueOrDefault((subject, NoticeChannel.Mail), isMailed))
                await Deliveries.AddAsync(work.Connection, Delivery(one, said, DeliveryChannel.Mail, mail), clock.GetUtcNow());
        }

        foreach (var webhook in routes.Webhooks.Where(webhook => webhook.Takes(said.Kind)))
            await Deliveries.AddAsync(work.Connection, Delivery(one, said, DeliveryChannel.Webhook, webhook.Name), clock.GetUtcNow());
    }

    private (NoticeText Text, SaidNotice Said)? Say(Taken one, JsonElement body)
    {
        try
        {
            return catalog.Find(one.Kind, body) is { } text ? (text, text.Say(new ToldEvent(one.Kind, one.Environment, one.RequestNumber, one.ActorName, one.RequesterName, body))) : null;
        }
        catch (Exception error)
        {
            // One event that cannot be said, whatever is wrong with it, must not keep all others from being told.
            LogUnsaid(one.Kind, one.Number, one.Environment, error.Message);
            return null;
        }
    }

    private static Task AddAsync(NpgsqlConnection connection, Taken one, SaidNotice said, string subject) => connection.ExecuteAsync(
        """
        insert into notices (id, subject, environment_id, event_number, kind, severity, title, body, path, at)
        values (@id, @subject, @EnvironmentId, @Number, @kind, @Severity, @title, @text, @path, @At) on conflict do nothing
        """,
        new { id = Guid.CreateVersion7(one.Moment), subject, one.EnvironmentId, one.Number, kind = said.Kind, one.Severity, title = said.Title, text = said.Text, path = said.Path, one.At });

    private static Delivery Delivery(Taken one, SaidNotice said, DeliveryChannel channel, string recipient) =>
        new(Guid.CreateVersion7(one.Moment), channel, recipient, one.EnvironmentId, one.Environment, one.Number, said.Kind, one.Severity, said.Title, said.Text, said.Path, one.Moment, 0);

    /// <summary>Whom it is about, without who did it: they know.</summary>
    private async Task<IReadOnlyList<(string Subject, string? Mail)>> RecipientsAsync(NpgsqlConnection connection, Taken one, IReadOnlyList<Audience> audiences, JsonElement body)
    {
        var subjects = new HashSet<string>(StringComparer.Ordinal);
        if (audiences.Contains(Audience.Owner))
            subjects.Add(one.OwnerId);
        if (audiences.Contains(Audience.Requester) && one.RequesterId is { } requester)
            subjects.Add(requester);
        if (audiences.Contains(Audience.Deciders))
            subjects.UnionWith((await DecidersAsync(connection, one, body)).Except(Texts(body, "changedBy"), StringComparer.Ordinal));
        if (audiences.Contains(Audience.Askers))
            subjects.UnionWith(Texts(body, "askedBy"));
        subjects.Remove(one.ActorId);
        // What a team's token asked for is told to the team.
        var teams = subjects.Where(subject => Actor.TeamOf(subject) is not null).ToList();
        subjects.ExceptWith(teams);
        var rows = await connection.QueryAsync<(string, string?)>(
            """
            select s, p.mail from unnest(@subjects) s left join people p on p.subject = s
            union select subject, mail from (select subject, mail from people where teams && @teams and told_at > @since order by subject limit @MostPeople) of_teams
            """,
            new { subjects = subjects.ToArray(), teams = teams.Select(Actor.TeamOf).ToArray(), since = clock.GetUtcNow() - catalog.Away, MostPeople });
        return [.. rows];
    }

    // Who asked never decides, nobody decides in their place, and all of a team are taken for the one who asked with its token. Whoever is away is told as well: a stand-in may be too.
    private async Task<IEnumerable<string>> DecidersAsync(NpgsqlConnection connection, Taken one, JsonElement body)
    {
        if (!body.TryGetProperty("turn", out var turn) || turn.ValueKind != JsonValueKind.Array)
            return [];
        var groups = turn.EnumerateArray().ToList();
        return await connection.QueryAsync<string>(
            """
            with members as (
              select subject from people where (roles && @roles or teams && @teams) and told_at > @since and subject is distinct from @RequesterId and not @team = any(teams) order by subject limit @MostPeople)
            select subject from members
            union select d.to_id from delegations d join members m on m.subject = d.from_id
              where d.ended_at is null and d.starts_at <= @now and d.ends_at > @now and d.groups && @ids and d.to_id is distinct from @RequesterId
            """,
            new
            {
                roles = groups.SelectMany(group => Texts(group, "roles")).ToArray(),
                teams = groups.SelectMany(group => Texts(group, "teams")).ToArray(),
                ids = groups.SelectMany(group => group.TryGetProperty("id", out var id) && id.GetString() is { } text ? new[] { text } : []).ToArray(),
                since = clock.GetUtcNow() - catalog.Away,
                now = clock.GetUtcNow(),
                one.RequesterId,
                team = Actor.TeamOf(one.RequesterId) ?? "",
                MostPeople,
            });
    }

    private static IEnumerable<string> Texts(JsonElement body, string name) =>
        body.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];

    [LoggerMessage(LogLevel.Error, "Nobody can be told of {Kind} (event {Number} of {Environment}): {Reason}")]
    private partial void LogUnsaid(string kind, long number, string environment, string reason);

    private sealed record Taken
    {
        public Guid EnvironmentId { get; init; }
        public long Number { get; init; }
        public DateTime At { get; init; }
        public string Kind { get; init; } = "";
        public string Severity { get; init; } = "";
        public string ActorId { get; init; } = "";
        public string ActorName { get; init; } = "";
        public string Body { get; init; } = "{}";
        public string Environment { get; init; } = "";
        public string OwnerId { get; init; } = "";
        public long? RequestNumber { get; init; }
        public string? RequesterId { get; init; }
        public string? RequesterName { get; init; }

        public DateTimeOffset Moment => new(At, TimeSpan.Zero);
    }
}
