using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Portal.Infrastructure.Hosting;

namespace Portal.Tests.Infrastructure.Hosting;

public sealed class ListenAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://*:{0}")]
    public void MustBeFree_WhereSomebodyListens_NamesAddressAndRemedy(string format)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = string.Format(CultureInfo.InvariantCulture, format, ((IPEndPoint)listener.LocalEndpoint).Port);

        var refusal = Should.Throw<CannotStartException>(() => ListenAddresses.MustBeFree(address, "choose another"));

        refusal.Message.ShouldBe($"The address {address} is taken by another program: choose another.");
    }

    [Fact]
    public void MustBeFree_AnyFreePort_IsFree() => Should.NotThrow(() => ListenAddresses.MustBeFree("http://127.0.0.1:0", ""));
}
