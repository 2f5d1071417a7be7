using Dapper;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Notifications;

/// <summary>How a person can be told.</summary>
public enum NoticeChannel
{
    Portal,
    Mail,
}

/// <param name="InPortal">Whether it is listed in the portal.</param>
/// <param name="ByMail">Whether it goes to the person's mail address.</param>
public sealed record NoticeChoice(NoticeKind Kind, bool InPortal, bool ByMail);

/// <param name="Mail">The person's address as the sign-in tells it; null where it tells none.</param>
/// <param name="HasMail">Whether any worker can send mail.</param>
/// <param name="Webhooks">Names of those that the portal tells, and what each is told: ids of kinds, none for everything.</param>
public sealed record NoticeSettings(IReadOnlyList<NoticeChoice> Choices, string? Mail, bool HasMail, IReadOnlyList<WebhookRoute> Webhooks);

/// <summary>What each person wants to be told, and how.</summary>
public sealed class NoticeChoices(NpgsqlDataSource database, Transactions transactions, NoticeCatalog catalog)
{
    public async Task<NoticeSettings> ReadAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var chosen = (await connection.QueryAsync<(string Kind, string Channel, bool Wanted)>(new CommandDefinition(
            "select kind, channel, wanted from notice_choices where subject = @Subject", new { actor.Subject }, cancellationToken: cancellationToken)))
            .ToDictionary(row => (row.Kind, Enum.Parse<NoticeChannel>(row.Channel)), row => row.Wanted);
        var mail = await connection.ExecuteScalarAsync<string?>(new CommandDefinition("select mail from people where subject = @Subject", new { actor.Subject }, cancellationToken: cancellationToken));
        var outlets = (await connection.QueryAsync<Outlet>(new CommandDefinition("select channel, name, kinds from outlets order by channel, name", cancellationToken: cancellationToken))).AsList();
        return new NoticeSettings(
            [.. catalog.Kinds.Select(kind => new NoticeChoice(
                kind, chosen.GetValueOrDefault((kind.Id, NoticeChannel.Portal), true), chosen.GetValueOrDefault((kind.Id, NoticeChannel.Mail), kind.Mail)))],
            mail, outlets.Exists(outlet => outlet.Channel == nameof(DeliveryChannel.Mail)),
            [.. outlets.Where(outlet => outlet.Channel == nameof(DeliveryChannel.Webhook)).Select(outlet => new WebhookRoute(outlet.Name, outlet.Kinds))]);
    }

    /// <returns>The kind's id; or <see cref="NotFound"/>, <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<string>> ChooseAsync(Actor actor, string kind, NoticeChannel channel, bool wanted, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed($"{Policies.InWords(Permission.View)} are told things.");
        if (!catalog.Kinds.Any(one => one.Id == kind) || !Enum.IsDefined(channel))
            return new NotFound("There is nothing of that kind to be told.");
        await transactions.DoAsync(work => work.Connection.ExecuteAsync(
            """
            insert into notice_choices (subject, kind, channel, wanted) values (@Subject, @kind, @channel, @wanted)
            on conflict (subject, kind, channel) do update set wanted = excluded.wanted
            """, new { actor.Subject, kind, channel = channel.ToString(), wanted }), cancellationToken);
        return kind;
    }

    /// <summary>Of those who have chosen.</summary>
    internal static async Task<IReadOnlyDictionary<(string Subject, NoticeChannel Channel), bool>> OfAsync(NpgsqlConnection connection, string[] subjects, string kind)
    {
        var rows = await connection.QueryAsync<(string Subject, string Channel, bool Wanted)>(
            "select subject, channel, wanted from notice_choices where subject = any(@subjects) and kind = @kind", new { subjects, kind });
        return rows.ToDictionary(row => (row.Subject, Enum.Parse<NoticeChannel>(row.Channel)), row => row.Wanted);
    }

    /// <summary>Says which ways out this worker is configured with; the newest to say so counts.</summary>
    public Task SayRoutesAsync(NoticeRoutes routes, CancellationToken cancellationToken) => transactions.DoAsync(async work =>
    {
        await work.Connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('outlets', 0)); delete from outlets");
        await work.Connection.ExecuteAsync("insert into outlets (channel, name, kinds) values (@channel, @name, @kinds)",
            routes.Webhooks.Select(webhook => new { channel = nameof(DeliveryChannel.Webhook), name = webhook.Name, kinds = webhook.Kinds.ToArray() })
                .Concat(routes.HasMail ? [new { channel = nameof(DeliveryChannel.Mail), name = "mail", kinds = Array.Empty<string>() }] : []));
    }, cancellationToken);

    // With setters: Npgsql does not tell the driver's caller what an array is an array of.
    private sealed class Outlet
    {
        public string Channel { get; init; } = "";
        public string Name { get; init; } = "";
        public string[] Kinds { get; init; } = [];
    }
}
