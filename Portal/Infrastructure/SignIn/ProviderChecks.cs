using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Npgsql;

namespace Portal.Infrastructure.SignIn;

/// <summary>
/// Asks the provider, by refresh token, whether people are still there and what groups they are in. Any portal does it for all;
/// a lease sees to it that one asks at a time, because many providers take a refresh token once.
/// </summary>
internal sealed partial class ProviderChecks(
    SessionStore sessions, ProviderClient provider, ProviderIdentity identity, IOptions<SignInOptions> options, TimeProvider clock, ILogger<ProviderChecks> logger) : BackgroundService
{
    private const int Bite = 50;
    private const int AtOnce = 4;

    // Also the pause before the next try where the provider is away.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromTicks(Math.Clamp(options.Value.Sessions.Check.Ticks / 4, TimeSpan.TicksPerSecond / 2, 15 * TimeSpan.TicksPerSecond));
        using var timer = new PeriodicTimer(interval, clock);
        do
        {
            try
            {
                var due = await sessions.TakeDueAsync(Lease, Bite, stoppingToken);
                await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, async (session, token) => await CheckAsync(session, token));
            }
            catch (NpgsqlException error)
            {
                LogAway(logger, "Postgres", error.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CheckAsync(DueSession due, CancellationToken cancellationToken)
    {
        if (due.Tokens?.RefreshToken is null)
        {
            // Protected by keys that are gone: nobody can be asked, and who cannot be asked about does not stay.
            await EndAsync(due, "its tokens cannot be read", cancellationToken);
            return;
        }

        try
        {
            var refreshed = await provider.RefreshAsync(due.ProviderSubject, due.Tokens, cancellationToken);
            var actor = refreshed.User is null ? due.Session.Actor : await identity.ActorAsync(refreshed.User, refreshed.AccessToken, cancellationToken);
            await sessions.CheckedAsync(due, actor, refreshed.Tokens, cancellationToken);
        }
        catch (Exception error) when (error is ProviderSaysNoException or SecurityTokenException or SignInRefusedException)
        {
            await EndAsync(due, error.Message, cancellationToken);
        }
        catch (Exception error) when (ProviderFailures.IsAway(error) && !cancellationToken.IsCancellationRequested)
        {
            LogAway(logger, "The identity provider", ProviderFailures.Reason(error));
        }
    }

    private async Task EndAsync(DueSession due, string reason, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(due.Session.Id, cancellationToken);
        LogEnded(logger, due.Session.Subject, reason);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The session of {Subject} was ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string subject, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Who} does not answer, so sessions could not be checked ({Reason}).")]
    private static partial void LogAway(ILogger logger, string who, string reason);
}
