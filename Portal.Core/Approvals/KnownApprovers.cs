using Dapper;
using Npgsql;
using Portal.Core.Security;

namespace Portal.Core.Approvals;

/// <summary>Who may have to decide, as far as the portal knows: those who have signed in, and not too long ago.</summary>
internal static class KnownApprovers
{
    // A group is asked, not a company: of so many some are left.
    private const int Most = 500;

    private static readonly TimeSpan s_gone = TimeSpan.FromDays(90);

    /// <returns>Empty where there are too many to look at.</returns>
    public static async Task<IReadOnlyList<Actor>> ReadAsync(NpgsqlConnection connection, ApprovalPolicy policy, DateTimeOffset now)
    {
        var rows = (await connection.QueryAsync<DelegationQueries.PersonRow>(
            $"select subject as Subject, name as Name, roles as Roles, teams as Teams from people where (roles && @roles or teams && @teams) and told_at > @since limit {Most}",
            new
            {
                roles = policy.Groups.SelectMany(group => group.Roles).Append(Roles.Admin).Distinct(StringComparer.Ordinal).ToArray(),
                teams = policy.Groups.SelectMany(group => group.Teams).Distinct(StringComparer.Ordinal).ToArray(),
                since = now - s_gone,
            })).AsList();
        return rows.Count == Most ? [] : [.. rows.Select(row => row.ToPerson().Actor)];
    }
}
