using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Portal.Tests.Fixtures;

/// <summary>
/// A way to Postgres that can be shut: connections break and new ones are refused, as when the server is away. Or frozen: they stay and nothing
/// comes through, as when the server is.
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly IPEndPoint _postgres;
    private readonly List<TcpClient> _through = [];
    private readonly Lock _lock = new();
    private readonly int _port;
    private TcpListener? _listener;
    private TaskCompletionSource _flow = new();

    public Gate(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        _postgres = new IPEndPoint(IPAddress.Loopback, settings.Port);
        Open();
        _port = ((IPEndPoint)_listener!.LocalEndpoint).Port;
        settings.Port = _port;
        Thaw();
        ConnectionString = settings.ConnectionString;
    }

    /// <summary>Of the same database, through here.</summary>
    public string ConnectionString { get; }

    public void Open()
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _ = AcceptAsync(_listener);
    }

    public void Freeze() => _flow = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _flow.TrySetResult();

    public void Shut()
    {
        _listener!.Stop();
        lock (_lock)
        {
            _through.ForEach(client => client.Dispose());
            _through.Clear();
        }
    }

    public ValueTask DisposeAsync()
    {
        Shut();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
                _ = PassAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Shut.
        }
    }

    private async Task PassAsync(TcpClient outside)
    {
        var inside = new TcpClient();
        lock (_lock)
            _through.AddRange([outside, inside]);
        try
        {
            await inside.ConnectAsync(_postgres);
            await Task.WhenAny(CopyAsync(outside.GetStream(), inside.GetStream()), CopyAsync(inside.GetStream(), outside.GetStream()));
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Shut meanwhile, or one side has gone.
        }

        outside.Dispose();
        inside.Dispose();
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer) is var read and > 0)
        {
            await _flow.Task;
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
