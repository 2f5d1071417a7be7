using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Portal.Tests.Fixtures;

/// <summary>Keeps what is logged, and lets a test wait for it.</summary>
internal sealed class RecordedLog : ILogger
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly ConcurrentQueue<string> _said = new();
    private readonly SemaphoreSlim _more = new(0);

    public IReadOnlyCollection<string> Said => _said;

    public async Task WaitAsync(string text)
    {
        while (!_said.Any(line => line.Contains(text, StringComparison.Ordinal)))
            (await _more.WaitAsync(s_patience)).ShouldBeTrue($"Nobody said '{text}', but:\n{string.Join('\n', _said)}");
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _said.Enqueue(formatter(state, exception));
        _more.Release();
    }
}
