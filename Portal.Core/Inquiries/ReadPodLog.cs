using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Inquiries;

/// <summary>What the job of an inquiry calls, in whichever worker takes it.</summary>
public interface IAnswerInquiry
{
    /// <summary>Writes the answer, once; does nothing where nobody waits for it any more.</summary>
    Task RunAsync(Guid inquiryId, CancellationToken cancellationToken);
}

/// <summary>Has a pod's log read. The portal cannot reach a cluster: it asks a worker, by a row that is answered once and forgotten soon.</summary>
public sealed class ReadPodLog(NpgsqlDataSource database, Transactions transactions, OperationJobs jobs, TimeProvider clock)
{
    /// <summary>Nobody waits for an answer for longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>For this long a row is kept; it counts for the limit until then.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(2);

    /// <summary>Of one person while they are kept: a log that is followed asks every other second.</summary>
    public const int MostAPerson = 150;

    /// <param name="pod"><c>namespace/name</c>, as the environment's resources have it: no other can be read.</param>
    /// <returns>The inquiry; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="TooManyInquiries"/>.</returns>
    public async Task<Outcome<Guid>> AskAsync(Actor actor, Guid environmentId, string pod, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not read logs. Ask for the role {Roles.Engineer}.");
        pod = PlainText.Clean(pod);
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            if (await Ownership.RefusalAsync(work.Connection, actor, environmentId) is { } refusal)
                return refusal;
            if (!await work.Connection.ExecuteScalarAsync<bool>(
                "select exists (select from resources where environment_id = @environmentId and type = 'Kubernetes::Pod' and name = @pod)", new { environmentId, pod }))
                return new NotFound("That pod is not there any more.");
            var now = clock.GetUtcNow();
            if (await InquiryRows.CountAsync(work.Connection, actor, InquiryKind.PodLog, now - Kept) >= MostAPerson)
                return new TooManyInquiries("You follow more logs than can be read at once. Close some of them, and try again in a minute.");
            var id = await InquiryRows.AddAsync(work, actor, environmentId, InquiryKind.PodLog, pod, null, now);
            jobs.Enqueue<IAnswerInquiry>(work, JobStorageSettings.DefaultQueue, answer => answer.RunAsync(id, CancellationToken.None));
            return id;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    /// <inheritdoc cref="InquiryRows.FindAsync"/>
    public Task<PodLog?> FindAsync(Actor actor, Guid inquiryId, CancellationToken cancellationToken) =>
        InquiryRows.FindAsync<PodLog>(database, actor, InquiryKind.PodLog, inquiryId, cancellationToken);
}

public sealed record TooManyInquiries(string What) : Refusal("too_many_inquiries", What);
