using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Npgsql;

namespace Portal.Infrastructure.SignIn;

/// <summary>Who a circuit belongs to, for as long as the session lasts: a person who is out is out of the open page as well.</summary>
internal sealed class SessionState : ServerAuthenticationStateProvider, IDisposable
{
    private static readonly Task<AuthenticationState> Nobody = Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity())));

    private readonly OpenSessions _sessions;
    private readonly Lock _gate = new();
    private IDisposable? _watch;
    private int? _version;
    private string? _address;
    private bool _disposed;

    public SessionState(OpenSessions sessions)
    {
        _sessions = sessions;
        AuthenticationStateChanged += state => _ = FollowAsync(state);
    }

    /// <summary>The session of this circuit; null where nobody is signed in.</summary>
    public Guid? Session { get; private set; }

    /// <summary>The session was found to have ended.</summary>
    public void Leave() => Told(null);

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _watch?.Dispose();
        }
    }

    private async Task FollowAsync(Task<AuthenticationState> state)
    {
        var user = (await state).User;
        var session = CurrentActor.SessionOf(user);
        lock (_gate)
        {
            if (session == Session || _disposed)
                return;
            _watch?.Dispose();
            Session = session;
            _version = CurrentActor.VersionOf(user);
            _address = CurrentActor.AddressOf(user);
            _watch = session is { } id ? _sessions.Watch(id, Told) : null;
        }
    }

    private void Told(Session? session)
    {
        lock (_gate)
        {
            if (_disposed || Session is null || session?.Version == _version && session is not null)
                return;
            _version = session?.Version;
        }

        SetAuthenticationState(session is null ? Nobody : Task.FromResult(new AuthenticationState(CurrentActor.ToPrincipal(session, SessionHandler.SchemeName, _address))));
    }
}

/// <summary>Somebody who presses something is not idle.</summary>
internal sealed class SessionActivity(AuthenticationStateProvider state, SessionStore sessions, TimeProvider clock, ILogger<SessionActivity> logger) : CircuitHandler
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private long? _touched;

    public override Func<CircuitInboundActivityContext, Task> CreateInboundActivityHandler(Func<CircuitInboundActivityContext, Task> next) => async context =>
    {
        if (state is SessionState { Session: { } session } && (_touched is null || clock.GetElapsedTime(_touched.Value) > Every))
        {
            _touched = clock.GetTimestamp();
            try
            {
                await sessions.TouchAsync(session, CancellationToken.None);
            }
            catch (NpgsqlException error)
            {
                // What was pressed says so itself where it needs the database.
                logger.LogWarning(error, "A session's use could not be noted.");
            }
        }

        await next(context);
    };
}
