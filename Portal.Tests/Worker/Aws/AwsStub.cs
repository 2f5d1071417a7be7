using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;

namespace Portal.Tests.Worker.Aws;

/// <summary>An AWS endpoint that answers each action with a recorded text.</summary>
internal sealed class AwsStub : IAsyncDisposable
{
    private AwsStub(StubServer server) => Server = server;

    public StubServer Server { get; }

    public AwsClients Clients { get; } = new(Options.Create(new WorkerAwsOptions { AccessKeyId = "AKIDEXAMPLE", SecretAccessKey = "secret" }));

    public AwsTarget Target => new("test", "111122223333", "us-east-1", null, Server.Url.AbsoluteUri);

    /// <param name="answers">By action, or by path; a text that begins with a status ("400 …") is that error.</param>
    public static async Task<AwsStub> StartAsync(params (string Action, string Answer)[] answers)
    {
        var queues = answers.GroupBy(a => a.Action, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => new Queue<string>(g.Select(a => a.Answer)), StringComparer.Ordinal);
        return new AwsStub(await StubServer.StartAsync(async (request, response) =>
        {
            var text = queues[request.Field("Action") ?? request.PathAndQuery].Dequeue();
            if (text.StartsWith('4'))
            {
                response.StatusCode = int.Parse(text[..3]);
                text = text[4..];
            }

            response.ContentType = text.StartsWith('{') ? "application/json" : "text/xml";
            await response.WriteAsync(text);
        }));
    }

    public static string Error(string code, string message) =>
        $"400 <ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId></ErrorResponse>";

    public async ValueTask DisposeAsync()
    {
        Clients.Dispose();
        await Server.DisposeAsync();
    }
}
