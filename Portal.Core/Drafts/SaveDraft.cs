using System.Text;
using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Drafts;

/// <summary>Keeps what a person has typed so far, where nobody else typed upon the same version.</summary>
public sealed class SaveDraft(Transactions transactions, TimeProvider clock)
{
    private const int ForgottenAtOnce = 100;

    /// <param name="basis">The version that was typed upon; 0 for a draft that was never kept. Asking again with the same, because no answer came, keeps nothing twice.</param>
    /// <param name="name">What the environment is to be called.</param>
    /// <param name="document">As the form writes it.</param>
    /// <returns>The new version; or <see cref="DraftChanged"/>, <see cref="DraftGone"/>, <see cref="DraftTooLong"/>, <see cref="TooManyDrafts"/>, <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<KeptDraft>> ExecuteAsync(Actor actor, Guid id, int basis, string name, string document, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not ask for environments, so there is no draft to keep.");
        document = PlainText.Clean(document, keepLines: true);
        if (Encoding.UTF8.GetByteCount(document) > DraftLimits.MaxLength)
            return new DraftTooLong();
        name = PlainText.Clean(name.Length > DraftLimits.MaxName ? name[..DraftLimits.MaxName] : name).Trim();
        return await transactions.DoAsync(work => SaveAsync(work, new Typed(actor.Subject, id, basis, name, document, clock.GetUtcNow())), outcome => !outcome.IsRefused, cancellationToken);
    }

    private static async Task<Outcome<KeptDraft>> SaveAsync(Work work, Typed typed)
    {
        // Two of one person's tabs must not both find the last place free, nor both be the first.
        await work.Connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('drafts:' || @Subject, 0))", typed);
        var there = await work.Connection.QueryFirstOrDefaultAsync<There>(
            "select version, changed_at as changedAt, document = @Document as isSame from drafts where owner_id = @Subject and id = @Id for update", typed);
        if (there is null)
            return typed.Basis > 0 ? new DraftGone() : await BeginAsync(work, typed);
        if (there.IsSame)
            return new KeptDraft(there.Version, new DateTimeOffset(there.ChangedAt));
        if (there.Version != typed.Basis)
            return new DraftChanged(there.Version, new DateTimeOffset(there.ChangedAt));
        await work.Connection.ExecuteAsync("update drafts set name = @Name, document = @Document, version = version + 1, changed_at = @Now where owner_id = @Subject and id = @Id", typed);
        return new KeptDraft(typed.Basis + 1, typed.Now);
    }

    private static async Task<Outcome<KeptDraft>> BeginAsync(Work work, Typed typed)
    {
        // What was submitted must not be there again because its last letters came late.
        if (await work.Connection.ExecuteScalarAsync<bool>("select exists (select from requests where id = @Id)", typed))
            return new DraftGone();
        // Whoever begins one clears away, so that nobody has to come by for it.
        await work.Connection.ExecuteAsync(
            """
            delete from drafts where (owner_id, id) in
              (select owner_id, id from drafts where changed_at <= @before order by changed_at limit @ForgottenAtOnce for update skip locked)
            """, new { before = typed.Now - DraftLimits.Lifetime, ForgottenAtOnce });
        if (await work.Connection.ExecuteScalarAsync<int>("select count(*)::int from drafts where owner_id = @Subject", typed) >= DraftLimits.MaxAPerson)
            return new TooManyDrafts();
        await work.Connection.ExecuteAsync(
            "insert into drafts (owner_id, id, name, document, version, created_at, changed_at) values (@Subject, @Id, @Name, @Document, 1, @Now, @Now)", typed);
        return new KeptDraft(1, typed.Now);
    }

    private sealed record Typed(string Subject, Guid Id, int Basis, string Name, string Document, DateTimeOffset Now);

    private sealed record There(int Version, DateTime ChangedAt, bool IsSame);
}
