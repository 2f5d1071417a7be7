using Portal.Infrastructure.Hosting;

namespace Portal.Infrastructure.SignIn;

/// <summary>Removes what has ended, a little at a time.</summary>
internal sealed class SessionUpkeep(SessionStore sessions, TimeProvider clock, ILogger<SessionUpkeep> logger) : Upkeep(TimeSpan.FromMinutes(1), clock, logger)
{
    private const int Bite = 500;

    protected override string Failure => "Ended sessions could not be removed";

    protected override Task WorkAsync(CancellationToken cancellationToken) => sessions.RemoveEndedAsync(Bite, cancellationToken);
}
