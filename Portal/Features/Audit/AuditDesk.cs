using Portal.Core.Audit;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Audit;

/// <summary>What the audit page needs of queries; the seam its component tests stand at.</summary>
public interface IAuditDesk
{
    Task<Page<AuditEntry>> SearchAsync(AuditFilter filter, CancellationToken cancellationToken);

    Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="TrailProtection.WeaknessAsync"/>
    Task<string?> WeaknessAsync(CancellationToken cancellationToken);
}

/// <inheritdoc cref="IAuditDesk"/>
public sealed class AuditDesk(AuditQueries audit, CurrentActor current, DatabaseReach database) : IAuditDesk
{
    public Task<Page<AuditEntry>> SearchAsync(AuditFilter filter, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await audit.SearchAsync(await current.GetAsync(), filter, token), cancellationToken);

    public Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await audit.VerifyAsync(await current.GetAsync(), token), cancellationToken);

    public Task<string?> WeaknessAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await audit.WeaknessAsync(await current.GetAsync(), token), cancellationToken);
}
